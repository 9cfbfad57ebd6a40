import type { Normal } from '../normal-form.js'

/** Fields that say of what an error is told, the outermost first. */
const OF = [
  'topic',
  'name',
  'topicId',
  'groupId',
  'key',
  'memberId',
  'partitionIndex',
  'partition',
  'index',
  'partitionId',
]

/**
 * All errors of an answer, each with what it is told of. Their order says nothing, nor how often and in how many places
 * an error is told of what is named twice.
 */
export function errorsTold(answer: Normal): readonly string[] {
  const errors: string[] = []
  const walk = (value: Normal, of: string): void => {
    if (typeof value !== 'object' || value === null) return
    const fields = value as { readonly [field: string]: Normal }
    const own = OF.flatMap((field) => (isNamed(fields[field]) ? `${field} ${fields[field]}` : []))
    const at = [of, ...own].filter((part) => part !== '').join(', ')
    if (typeof fields.errorCode === 'string') errors.push(`${fields.errorCode} of ${at || 'the request'}`)
    for (const inner of Object.values(fields)) walk(inner, at)
  }
  if (typeof answer === 'string') errors.push(answer)
  else walk(answer, '')
  return [...new Set(errors)].sort()
}

const isNamed = (value: Normal | undefined): boolean => typeof value === 'string' || typeof value === 'number'
