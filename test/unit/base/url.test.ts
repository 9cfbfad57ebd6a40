import { expect, test } from 'vitest'
import { urlText } from '../../../src/base/url.js'

/** As another realm has it: not of the class of this one. */
class ForeignUrl {
  get [Symbol.toStringTag](): string {
    return 'URL'
  }

  toString(): string {
    return 'file:///handler.js'
  }
}

test('the text of a URL is that of its realm, whichever that is', () => {
  expect(urlText(new URL('file:///handler.js'))).toBe('file:///handler.js')
  expect(urlText(new ForeignUrl())).toBe('file:///handler.js')
})

test.each([['file:///handler.js'], [{ href: 'file:///handler.js' }], [null], [undefined], [7]])(
  'the text of a URL is not found in %j',
  (given) => expect(urlText(given)).toBe(null),
)
