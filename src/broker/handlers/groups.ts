import type { Handler, Handlers } from '../../actor/handler-table.js'
import type { GroupApiName, RequestOf, ResponseOf } from '../../protocol/api.js'
import type { GroupQuestion, GroupQuestions } from './group-questions.js'

type MemberRequest = RequestOf<GroupApiName> & { readonly groupId: string; readonly memberId?: string }

/**
 * Serves what members ask of their group, and what others ask about groups: the answers of several partitions are put
 * together. (`KafkaApis`, `GroupCoordinatorService`)
 *
 * A JoinGroup, SyncGroup or AwaitRebalance that is parked holds up its connection, as every request does that waits.
 */
export function groupHandlers(questions: GroupQuestions): Handlers {
  const ofMember: Handler<MemberRequest> = (connection, correlationId, request, context) => {
    const partition = questions.partitionOf(request.groupId)
    questions.ask({ partition, request }, { connection, context }, (response) =>
      connection.reply(correlationId, response),
    )
  }
  return {
    JoinGroup: ofMember,
    SyncGroup: ofMember,
    Heartbeat: ofMember,
    LeaveGroup: ofMember,
    AwaitRebalance: (connection, correlationId, body, context) =>
      questions.await(body, { connection, context }, (response) => connection.reply(correlationId, response)),
    ListGroups: (connection, correlationId, request, context) => {
      const parts = questions.states.led.map((partition) => ({ partition, request }))
      questions.askAll(parts, { connection, context }, (responses) =>
        connection.reply(correlationId, allListed(responses)),
      )
    },
    DescribeGroups: (connection, correlationId, request, context) => {
      const parts = byPartition(request.groups, questions, (groups) => ({ ...request, groups }))
      questions.askAll(parts, { connection, context }, (responses) => {
        const groups = inOrder(
          request.groups,
          responses.flatMap((one) => one.groups),
        )
        connection.reply(correlationId, { api: 'DescribeGroups', throttleTimeMs: 0, groups })
      })
    },
    DeleteGroups: (connection, correlationId, request, context) => {
      const names = [...new Set(request.groupsNames)]
      const parts = byPartition(names, questions, (groupsNames) => ({ ...request, groupsNames }))
      questions.askAll(parts, { connection, context }, (responses) => {
        const results = inOrder(
          names,
          responses.flatMap((one) => one.results),
        )
        connection.reply(correlationId, { api: 'DeleteGroups', throttleTimeMs: 0, results })
      })
    },
  }
}

/** A partition that has gone to another broker by now is not this broker's; it may also be that nobody has it yet. */
function allListed(responses: readonly ResponseOf<'ListGroups'>[]): ResponseOf<'ListGroups'> {
  const failed = responses.find(({ errorCode }) => errorCode !== 'NONE' && errorCode !== 'NOT_COORDINATOR')
  const groups = responses.flatMap((response) => response.groups)
  return failed ?? { api: 'ListGroups', throttleTimeMs: 0, errorCode: 'NONE', groups }
}

/** A request for each partition on which some of the groups lie. */
function byPartition<A extends GroupApiName>(
  groupIds: readonly string[],
  questions: GroupQuestions,
  requestFor: (groupIds: readonly string[]) => RequestOf<A>,
): GroupQuestion<A>[] {
  const groups = new Map<number, string[]>()
  for (const groupId of groupIds) {
    const partition = questions.partitionOf(groupId)
    const others = groups.get(partition)
    if (others === undefined) groups.set(partition, [groupId])
    else others.push(groupId)
  }
  return [...groups].map(([partition, those]) => ({ partition, request: requestFor(those) }))
}

/** What was said of the groups, in the order in which they were named. */
function inOrder<Said extends { readonly groupId: string }>(
  groupIds: readonly string[],
  said: readonly Said[],
): Said[] {
  const byGroup = new Map(said.map((one) => [one.groupId, one]))
  return groupIds.flatMap((groupId) => byGroup.get(groupId) ?? [])
}
