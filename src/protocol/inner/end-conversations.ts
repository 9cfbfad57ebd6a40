import { word } from '../definition.js'

/** The application to a gateway: the connections of all its clients are to be reset. */
export interface EndConversationsRequest {
  readonly api: 'EndConversations'
}
/** Sent when no broker serves those connections any more, and every broker that the gateway serves can be reached. */
export interface EndConversationsResponse {
  readonly api: 'EndConversations'
}

export const endConversations = word<EndConversationsRequest, EndConversationsResponse>({
  name: 'EndConversations',
  shape: {},
})
