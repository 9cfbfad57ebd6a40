import { onTestFinished } from 'vitest'

/** What the process is warned of. */
export function givenWarnings(): string[] {
  const warnings: string[] = []
  const note = ({ name, message }: Error): void => void (name === 'OdradekWarning' && warnings.push(message))
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  return warnings
}
