/** Who leads, as told by a broker that does not (KIP-951). */
export interface CurrentLeader {
  readonly leader: number
  readonly leaderEpoch: number
}
