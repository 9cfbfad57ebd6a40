/** Whether Kafka knows this number: 0, whatever was written, or 1, what was committed. (`IsolationLevel`) */
export function isIsolationLevel(level: number): boolean {
  return level === 0 || level === 1
}
