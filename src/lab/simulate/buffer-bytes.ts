/**
 * The `buffer.memory` of simulated producers: to map and collect as much as by default takes as long as many a seed.
 */
export const BUFFER_BYTES = 2 ** 18
