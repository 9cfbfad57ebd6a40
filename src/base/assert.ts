/** Thrown when the program contradicts itself. Nobody catches it: the actor crashes and supervision decides. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation'
}

/** States what must hold whatever the input was. For input from outside, answer with an error code instead. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new InvariantViolation(invariant)
}
