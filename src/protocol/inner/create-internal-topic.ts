import type { ErrorCode } from '../../base/error-code.js'
import { word } from '../definition.js'

/**
 * Broker to controller: one of the topics that clients cannot create is needed. The controller knows how large it is to
 * be. (`AutoTopicCreationManager`, which asks with CreateTopics; here a client's CreateTopics comes the same way.)
 */
export interface CreateInternalTopicRequest {
  readonly api: 'CreateInternalTopic'
  readonly name: string
}
/** Sent when every live broker knows the topic, or why there is none. */
export interface CreateInternalTopicResponse {
  readonly api: 'CreateInternalTopic'
  /** TOPIC_ALREADY_EXISTS: somebody else was faster. */
  readonly error: ErrorCode
  readonly says: string
}

export const createInternalTopic = word<CreateInternalTopicRequest, CreateInternalTopicResponse>({
  name: 'CreateInternalTopic',
  shape: 'internal',
})
