/**
 * The rules that keep acknowledged records safe and groups right, by name. Each can be switched off, so that the
 * simulation can show that it would be missed: a guard that nobody misses is not tested. Only `simulate --mutants` and
 * tests switch one off.
 */
export const GUARDS = {
  'leader-epoch-fence': 'A leader serves no follower that knows another leader epoch.',
  'leader-epoch-start': 'A follower joins the isr only behind the start of the leader epoch.',
  'high-watermark-to-join': 'A follower joins the isr only behind the high watermark.',
  'maximal-isr': 'The high watermark waits for replicas that are about to join or to leave the isr.',
  'min-isr-watermark': 'The high watermark stands still while the isr is below its minimum.',
  'acks-all-waits': 'With acks=all the answer waits for the high watermark.',
  'truncate-by-epoch': 'A follower gives up what its leader does not have before it fetches on.',
  'fenced-append': 'A batch whose connection was closed while it was copied is not published.',
  'broker-epoch-to-join': 'A follower joins the isr only in the incarnation that has caught up.',
  'follower-checks-epoch': 'A follower drops the answer of a leader that it follows no more.',
  'watermark-within-log': "A follower's high watermark never passes the end of its log.",
  'isr-commits-last': 'A leader takes an isr for true only when the controller has committed it.',
  'consumers-see-committed': 'Consumers read up to the high watermark.',
  'stale-isr-request': 'The controller refuses an isr that was asked for before the partition or its leader changed.',
  'eligible-isr': 'Into an isr come only brokers that live.',
  'unclean-exclusion': 'A broker that has lost its memory is in no isr and no elr.',
  'elect-within-isr': 'Only a replica that holds all that is committed is elected.',
  'elr-below-minimum': 'The elr holds nobody while the isr has its minimum.',
  'leader-epoch-grows': 'Every new leader has a leader epoch of its own.',
  'publish-after-copy': 'A batch exists when its bytes are all there, and not before.',
  'leases-hold': 'A segment is not written again while a part of it is lent.',
  'leases-outlive-a-crash': 'What was lent when a broker died is never written again.',
  'recovery-keeps-truncations': 'What a log had given up stays given up when its broker is started again.',
  'newer-image': 'A broker takes no image that is older than the one it has.',
  'remembered-batches': 'A batch that an idempotent producer sends again is not appended again.',
  'sequences-in-turn': 'A leader appends the batches of an idempotent producer in their turn.',
  'producers-read-again':
    'What a log knows of its producers is what its batches say, after a truncation and a restart too.',
  'looks-again': 'Who has said that it will sleep looks for work once more before it does.',
  'rung-is-awake': 'Nobody falls asleep when the bell has rung since it said that it would.',
  'begins-anew': 'A topic that is made again is another one: who reads it begins at its beginning.',
  'leads-anew': 'Who leads in a new leader epoch knows nothing of its followers, whether or not it led before.',
  'falls-behind': 'A follower that fetches and falls behind all the while leaves the isr.',
  'latest-value-stays': 'Compaction takes no record that is the latest of its key.',
  'tombstones-wait': 'Compaction takes no tombstone before its horizon.',
  'compacts-committed': 'Only what is committed is compacted.',
  'expires-by-last-batch': 'A log forgets a producer that has written nothing for long, not one that began long ago.',
  'one-in-flight-mutes': 'With one request in flight, a batch waits for the one before it, retries included.',
  'memory-outlives-threads': 'A broker that is started again has what it had, unless that was to be lost.',
  'supervisor-again': 'A supervisor that has crashed is started again.',
  'generation-to-commit': 'A coordinator takes no commit of a generation that is over.',
  'generation-to-beat': 'A member of a generation that is over hears so from its heartbeat.',
  'generation-grows': 'Every join phase that ends begins a generation of its own.',
  'awaits-members': 'A join phase waits for all members.',
  'goes-on-without': 'A join phase does not wait for members that have left or are silent.',
  'leader-assigns': 'Only the leader of a group assigns.',
  'leads-when-joined': 'Only a member that has joined leads.',
  'assignment-is-off': 'Members that wait for an assignment hear of the rebalance that takes its place.',
  'unsynced-are-out': 'A member that joins and does not ask for its assignment is removed.',
  'new-id-is-logged': 'A new id of a static member is in the log before anybody hears of it.',
  'returns-to-assigned': 'A static member that returns while the leader assigns has the group rebalance.',
  'counts-when-logged': 'A group moves on when its record is in the log, and not when that was refused.',
  'told-when-committed': 'A coordinator tells what is committed, and nothing else.',
  'parked-are-told': 'Whoever waits at a coordinator that ends is told to ask the next one.',
  'sessions-begin-anew': 'A coordinator that has loaded its groups waits for their members.',
  'subscribed-stays': 'No offset of a topic that somebody in the group reads expires.',
  'empty-since': 'Offsets of an empty group expire by the time since which it is empty.',
  'commits-of-its-generation': 'A member that has joined again sends no commit of before.',
  'commits-what-was-read': 'A member commits what the application has read, and not what it has fetched.',
  'read-with-next-poll': 'What a poll hands out counts as read with the next poll.',
  'commits-to-give-up': 'What a rebalance takes away is committed before another member gets it.',
  'held-to-be-given-up': 'Nothing is handed out of what is about to be given up.',
  'gives-up-with-generation': 'A member that has lost its generation gives up all partitions.',
  'eager-gives-up-first': 'An eager member gives up all partitions before it joins.',
  'joins-once-more': 'A cooperative member that has given partitions up joins again, so that another one gets them.',
  'one-round-later': 'A partition that another member still holds is given out in the next round.',
  'begins-at-committed': 'A partition begins where the group has committed.',
  'leaves-when-not-polled': 'A member whose application does not poll in time leaves its group.',
  'static-remains': 'A static member that closes remains in its group.',
  'answers-in-their-order': 'A gateway answers the requests of a client in their order.',
  'given-back-when-written': 'A gateway gives back what it was lent when its client’s stream has taken it.',
  'asks-the-next-coordinator': 'A member whose coordinator is another broker by now asks that one.',
} as const

export type Guard = keyof typeof GUARDS

const off = new Set<Guard>()

export function isOn(guard: Guard): boolean {
  return off.size === 0 || !off.has(guard)
}

/** Switches guards off in this thread until the next call; with no names, all are on. */
export function switchOff(guards: readonly Guard[]): void {
  off.clear()
  for (const guard of guards) off.add(guard)
}
