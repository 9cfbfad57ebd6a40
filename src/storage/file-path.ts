import { fileURLToPath } from 'node:url'
import { type Shape, WRONG } from '../base/arguments/shape.js'
import { urlText } from '../base/url.js'

/** The path of an existing or future file, or its URL. */
export const filePath: Shape<string> = {
  right: 'the path of a file',
  read(given) {
    if (typeof given === 'string') return given === '' || given.includes('\0') ? WRONG : given
    const address = urlText(given)
    return address !== null && /^file:/i.test(address) && URL.canParse(address) ? fileURLToPath(address) : WRONG
  },
}
