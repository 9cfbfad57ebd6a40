/**
 * Looks every millisecond until it is so. For states that nobody tells of when they are reached, such as that the last
 * thread of a dead guest has ended; what is told is waited for.
 */
export async function lookUntil(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 1))
}
