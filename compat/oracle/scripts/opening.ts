import { type Area, script, until } from '../script.js'

/** Waits until the coordinator of all groups is there and has loaded them, and until there are producer ids to be
 * given out. What it answers until then is not compared. */
export const OPENING: Area = {
  name: 'Opening',
  scripts: [
    script('the coordinator is there', [
      until('FindCoordinator', 4, { coordinatorKeys: ['any'] }, 'coordinators.0.errorCode', 'NONE'),
      until('ListGroups', 5, {}, 'errorCode', 'NONE'),
      until('InitProducerId', 4, { transactionalId: null }, 'errorCode', 'NONE'),
      until('OffsetFetch', 8, { groups: [{ groupId: 'any', topics: null }] }, 'groups.0.errorCode', 'NONE'),
    ]),
  ],
}
