/** Thrown by the simulation out of a named point: the turn ends there, as the turn of a terminated thread does. */
export class Killed extends Error {
  override readonly name = 'Killed'

  constructor(point: string) {
    super(`Killed at ${point}`)
  }
}
