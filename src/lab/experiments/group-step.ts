/**
 * The doings of a member of a group, as entries of a timeline tell them: the `event` of such an entry is `step`. The
 * member knows nothing of what the group decides without it, so an `expelled` one may go on for a while.
 */
export type GroupStep = ToldStep & {
  readonly group: string
  /** A short name that the member keeps when it joins again: `a`, `b`. */
  readonly member: string
  /** The member's generation as it knows it; -1 while it has none. */
  readonly generation: number
}

/** A step as its member tells it; the names and the generation are added. */
export type ToldStep =
  /** It begins, and is about to join. */
  | { readonly step: 'starts' }
  /**
   * It is told of partitions that it gets, or that it gives up. `assigned` is told before anything is handed out,
   * `revoked` and `lost` when their callbacks begin: nothing is handed out from then on.
   */
  | { readonly step: 'assigned' | 'revoked' | 'lost'; readonly partitions: readonly number[] }
  /** The first member is told of a generation. */
  | { readonly step: 'generation' }
  /** It is handed records. `isAgain`: a member of the group was handed them before. */
  | (OffsetRange & { readonly step: 'handed-out'; readonly isAgain: boolean })
  /**
   * It has handled records. `isAgain`: their effect was there before, and is there twice; `skipped` ones were passed
   * over for that.
   */
  | (OffsetRange & { readonly step: 'handled'; readonly isAgain: boolean })
  | (OffsetRange & { readonly step: 'skipped' })
  /** Its commit is answered: `NONE`, or the error's name. */
  | { readonly step: 'committed'; readonly partition: number; readonly offset: number; readonly error: string }
  /** Its handler is at work on one call for long, or its thread is cut off; and the end of that. */
  | { readonly step: 'stalls' | 'goes-on' }
  /** The group has gone on without it. */
  | { readonly step: 'expelled' }
  /** It ends: it leaves with `close`, or dies. */
  | { readonly step: 'leaves' | 'dies' }

/** Records of one partition; `to` is exclusive. */
export interface OffsetRange {
  readonly partition: number
  readonly from: number
  readonly to: number
}
