/** `String.hashCode` of Java, over UTF-16 units: an int32. */
export function javaHash(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  return hash
}

/** A Java `HashMap` begins with so many buckets, and doubles them when this part of them is taken. */
const BUCKETS = 16
const LOAD_FACTOR = 0.75

/** Different texts in the order in which a Java `HashMap` yields them that they were put into one after the other. */
export function inJavaHashOrder(texts: readonly string[]): readonly string[] {
  let buckets = BUCKETS
  while (texts.length > buckets * LOAD_FACTOR) buckets *= 2
  const bucketOf = (text: string): number => {
    const hash = javaHash(text)
    return (hash ^ (hash >>> 16)) & (buckets - 1)
  }
  return [...texts].sort((a, b) => bucketOf(a) - bucketOf(b))
}
