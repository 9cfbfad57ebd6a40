import { ERRORS, type ErrorCode } from '../../../../base/error-code.js'
import { FencedInstanceIdError, InvalidGroupIdError, KafkaError } from '../../../../base/errors.js'
import type { RequestOf, ResponseOf } from '../../../../protocol/api.js'
import type { CallEnd } from '../../../../protocol/inner/consumer-words.js'
import type { GROUP_WORDS } from '../../../../protocol/inner/group-words.js'

type GroupWord = RequestOf<(typeof GROUP_WORDS)[number]['name']>
type BegunWord = Extract<GroupWord, { readonly call: number }>

/** How the application's half of a member asks the other one. */
export interface MemberCalls {
  /** What is attached goes with the request, where a frame cannot carry it. */
  ask<Request extends Exclude<GroupWord, BegunWord>>(
    request: Request,
    attached?: unknown,
  ): Promise<ResponseOf<Request['api']>>
  /** Resolves when news have told how the call has ended. */
  begin<Request extends BegunWord>(request: Omit<Request, 'call'>): Promise<CallEnd>
}

/** What a member's application is told of an error of its coordinator. */
export function memberError(error: ErrorCode, says: string): KafkaError {
  const sentence = `${says || ERRORS[error].says} (${error})`
  if (error === 'FENCED_INSTANCE_ID') return new FencedInstanceIdError(sentence)
  if (error === 'INVALID_GROUP_ID') return new InvalidGroupIdError(sentence)
  return new KafkaError(error, sentence)
}
