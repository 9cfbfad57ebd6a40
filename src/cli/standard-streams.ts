/**
 * Whoever reads standard output may go before everything is written: `odradek … | head`. That is no error. What else
 * was asked for is still done, such as a file that is to be written, and the exit code is what the command has found. A
 * stream that fails otherwise, such as a file on a full disk, is told in one sentence, and the exit code is 1.
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
  // There is nobody left to tell.
  process.stderr.on('error', () => {})
}
