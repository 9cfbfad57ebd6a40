import { onTestFinished } from 'vitest'
import { deferred } from '../../src/base/deferred.js'

/** The next warning that says so. */
export function heardWarning(says: string): Promise<string> {
  const heard = deferred<string>()
  const listen = ({ message }: Error): void => {
    if (message.includes(says)) heard.resolve(message)
  }
  process.on('warning', listen)
  onTestFinished(() => void process.off('warning', listen))
  return heard.promise
}
