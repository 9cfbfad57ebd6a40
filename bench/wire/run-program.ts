import { spawn } from 'node:child_process'

/** No client that is measured runs longer. */
const LIMIT_MS = 120_000
const TOLD_CHARACTERS_MAX = 2_000

interface RunOptions {
  /** Called with what the program writes to standard output; absent: nobody reads that. */
  readonly onOutput?: (bytes: Buffer) => void
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program to its end. Throws with what it said to standard error if it fails. */
export function runProgram(program: string, args: readonly string[], { onOutput, env }: RunOptions): Promise<void> {
  const child = spawn(program, args, {
    stdio: ['ignore', onOutput === undefined ? 'ignore' : 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  if (onOutput !== undefined) child.stdout?.on('data', onOutput)
  let told = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    told = (told + text).slice(-TOLD_CHARACTERS_MAX)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      process.off('exit', endWithUs)
      if (code === 0) resolve()
      else reject(new Error(`${program} ended with ${signal ?? code}: ${told}`))
    })
  })
}
