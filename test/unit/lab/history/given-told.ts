import { checkFlatHistory } from '../../../../src/lab/history/check-history.js'
import { type CheckResult, checkResult } from '../../../../src/lab/history/check-result.js'
import { readHistory } from '../../../../src/lab/history/read-history.js'
import type { Verdict } from '../../../../src/lab/history/verdict.js'

/** Checks what is in the text, as if it came in chunks of so many bytes. */
export async function checked(text: string | Buffer, chunkBytes = 64): Promise<CheckResult> {
  const history = await readHistory('-', chunksOf(Buffer.from(text), chunkBytes))
  return checkResult('standard input', history, checkFlatHistory(history))
}

/** As JSON lines. */
export const linesOf = (operations: readonly object[]): string =>
  operations.map((operation) => JSON.stringify(operation)).join('\n')

async function* chunksOf(bytes: Buffer, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes)
}

/** What two checks of one history must have in common. */
export function essenceOf({
  anomalies,
  counts,
  broken,
}: Pick<Verdict | CheckResult, 'anomalies' | 'counts' | 'broken'>): object {
  return { counts, broken, anomalies: anomalies.map(({ id, isPromised, says }) => ({ id, isPromised, says })) }
}
