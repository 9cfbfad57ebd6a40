/** Bad input from outside: the message names the file and the line, says what was wrong and what would be right. */
export class InputError extends Error {
  override readonly name = 'InputError'
  readonly file: string
  /** The line, counted from 1; null when the whole file is meant. */
  readonly line: number | null

  constructor(at: { readonly file: string; readonly line: number | null }, problem: string) {
    super(at.line === null ? `${at.file}: ${problem}` : `${at.file}:${at.line}: ${problem}`)
    this.file = at.file
    this.line = at.line
  }
}

/** Makes the error for a line of the file that is being read. */
export type FailAt = (line: number | null, problem: string) => InputError

export function failIn(file: string): FailAt {
  return (line, problem) => new InputError({ file, line }, problem)
}
