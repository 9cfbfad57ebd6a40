/**
 * What becomes of topics and partitions that a request names more than once. Kafka keeps most of them in maps: each is
 * there once, where it was named first.
 */

/** A topic of a request, with all that the request says of its partitions. */
export interface JoinedTopic<Topic, Part> {
  /** As the topic was named first. */
  readonly topic: Topic
  readonly parts: readonly Part[]
}

/** Puts together what stands under one key. */
export function joined<Topic, Part>(
  topics: readonly Topic[],
  keyOf: (topic: Topic) => string,
  partsOf: (topic: Topic) => readonly Part[],
): readonly JoinedTopic<Topic, Part>[] {
  const byKey = new Map<string, { readonly topic: Topic; readonly parts: Part[] }>()
  for (const topic of topics) {
    const key = keyOf(topic)
    const known = byKey.get(key)
    if (known === undefined) byKey.set(key, { topic, parts: [...partsOf(topic)] })
    else for (const part of partsOf(topic)) known.parts.push(part)
  }
  return [...byKey.values()]
}

/** Each partition, or whatever else has a key, once: the last word on it counts. */
export function lastOfEach<Part>(parts: readonly Part[], keyOf: (part: Part) => number | string): readonly Part[] {
  return parts.length < 2 ? parts : [...new Map(parts.map((part) => [keyOf(part), part])).values()]
}

/** How often one request may name something again and be told all of it again. */
const REPEATS_MAX = 100

/**
 * All that a request asks about, as often as it does, as Kafka tells it. Where much is named again, each is there once:
 * the answer to a few megabytes would be gigabytes.
 */
export function withFewRepeats<Part>(parts: readonly Part[], keyOf: (part: Part) => number | string): readonly Part[] {
  const once = lastOfEach(parts, keyOf)
  return parts.length - once.length <= REPEATS_MAX ? parts : once
}
