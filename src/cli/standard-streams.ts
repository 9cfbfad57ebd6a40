/**
 * A reader of standard output may go before everything is written: `odradek … | head`. That is not an error: the rest
 * of the work is still done, such as writing a file, and the exit code is the command's own. A stream that fails
 * otherwise, such as a file on a full disk, is told in one sentence, and the exit code is 1.
 */
export function watchStandardStreams(): void {
  let isTold = false
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || isTold) return
    isTold = true
    process.stderr.write(`Cannot write to standard output: ${message}\n`)
    process.once('exit', () => {
      process.exitCode = 1
    })
  })
  // Nobody is left to tell.
  process.stderr.on('error', () => {})
}
