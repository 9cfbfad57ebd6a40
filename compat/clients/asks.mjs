// What a client's program may ask of the cluster that it talks to: Odradek's own clients at the other end, and faults.
// An answer is one line. It begins with `ok`, or says what is wrong.
//
//     write TOPIC COUNT [CODEC]     Odradek's producer writes `key I` and `value I`, for each I below COUNT
//     check TOPIC COUNT             Odradek's consumer finds each `value I` exactly once
//     check-some TOPIC COUNT        the same, but a record may have come twice
//     write-records TOPIC           the records below
//     check-records TOPIC           the same records are there
//     kill leader TOPIC             ends the broker that leads partition 0, as a crash would
//     kill coordinator GROUP        ends the broker that coordinates the group
//     pause leader TOPIC            has that broker answer nothing; others lead then
//     resume                        has it answer again, and waits until it holds everything
//     restart                       starts again what was killed, and waits until it holds everything

/** Partition 0 of the topic holds these, whoever wrote them. */
const RECORDS = [
  { key: 'a tombstone', value: null, headers: [], timestamp: 1_600_000_000_000 },
  {
    key: null,
    value: 'no key',
    headers: [
      ['name', 'one'],
      ['name', 'two'],
      ['empty', ''],
    ],
    timestamp: 1_600_000_001_000,
  },
  { key: 'é', value: 'ü', headers: [['null', null]], timestamp: 1_600_000_002_000 },
]
const HAS_A_LIMIT_MS = 60_000

export function asksOf(cluster) {
  const admin = cluster.admin()
  let killed = null
  let paused = null

  const asks = {
    async write(topic, count, codec = 'none') {
      const producer = cluster.producer({ 'compression.type': codec, 'linger.ms': 5 })
      const messages = Array.from({ length: Number(count) }, (_, index) => ({
        key: `key ${index}`,
        value: `value ${index}`,
      }))
      await producer.send({ topic, messages })
      await producer.close()
    },
    check: async (topic, count) => missing(await values(topic), Number(count), false),
    'check-some': async (topic, count) => missing(await values(topic), Number(count), true),
    async 'write-records'(topic) {
      const producer = cluster.producer({ 'linger.ms': 5 })
      const messages = RECORDS.map(({ headers, ...record }) => ({
        ...record,
        partition: 0,
        headers: headers.map(([key, value]) => ({ key, value })),
      }))
      await producer.send({ topic, messages })
      await producer.close()
    },
    async 'check-records'(topic) {
      const found = await read(topic, ({ key, value, headers, timestamp }) => ({
        key: text(key),
        value: text(value),
        headers: headers.map((header) => [header.key, text(header.value)]),
        timestamp,
      }))
      const [is, was] = [JSON.stringify(found), JSON.stringify(RECORDS)]
      if (is !== was) throw new Error(`the topic holds ${is} instead of ${was}`)
    },
    async kill(what, name) {
      killed = await (what === 'leader' ? leaderOf(name, 0) : coordinatorOf(name))
      await cluster.killBroker(killed)
    },
    async pause(_leader, topic) {
      paused = await leaderOf(topic, 0)
      await cluster.pauseBroker(paused)
      await until('another leader', async () => (await leaderOf(topic, 0)) !== paused)
    },
    async resume() {
      await cluster.resumeBroker(paused)
      await untilWhole()
    },
    async restart() {
      if (killed === null) return
      await cluster.restartBroker(killed)
      await untilWhole()
      killed = null
    },
  }

  function untilWhole() {
    return until('the broker to hold everything', async () => {
      const { topics } = await admin.fetchTopicMetadata()
      return topics.every(({ partitions }) => partitions.every(({ isr, replicas }) => isr.length === replicas.length))
    })
  }

  async function leaderOf(topic, partition) {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0].partitions[partition].leader
  }

  async function coordinatorOf(group) {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] })
    return leaderOf('__consumer_offsets', Math.abs(javaHash(group)) % topics[0].partitions.length)
  }

  async function values(topic) {
    return read(topic, ({ value }) => String(value))
  }

  /** All that the topic holds, each record as `of` tells it. */
  async function read(topic, of) {
    const offsets = await admin.fetchTopicOffsets(topic)
    const left = new Map(offsets.filter(({ low, high }) => high > low).map(({ partition, high }) => [partition, high]))
    const found = []
    if (left.size === 0) return found
    const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
    await consumer.subscribe({ topics: [topic] })
    const timer = setTimeout(() => consumer.close(), HAS_A_LIMIT_MS)
    try {
      for await (const record of consumer) {
        found.push(of(record))
        if (record.offset + 1 >= left.get(record.partition)) left.delete(record.partition)
        if (left.size === 0) break
      }
    } finally {
      clearTimeout(timer)
      await consumer.close()
    }
    if (left.size > 0) throw new Error(`only ${found.length} records could be read in ${HAS_A_LIMIT_MS} ms`)
    return found
  }

  return {
    /** Answers a line of a client's program. */
    async answer(line) {
      const [word, ...given] = line.split(' ')
      try {
        await asks[word](...given)
        return 'ok'
      } catch (error) {
        return String(error.message).split('\n')[0]
      }
    },
    close: () => admin.close(),
  }
}

const text = (bytes) => (bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString())

function missing(found, count, mayRepeat) {
  const times = new Map()
  for (const value of found) times.set(value, (times.get(value) ?? 0) + 1)
  const lost = Array.from({ length: count }, (_, index) => `value ${index}`).filter((value) => !times.has(value))
  const twice = [...times].filter(([, many]) => many > 1).map(([value]) => value)
  const says = []
  if (lost.length > 0) says.push(`${lost.length} of ${count} are missing, such as ${lost.slice(0, 3).join(', ')}`)
  if (twice.length > 0 && !mayRepeat) says.push(`${twice.length} came twice, such as ${twice.slice(0, 3).join(', ')}`)
  if (times.size > count) says.push(`there are ${times.size} instead of ${count}`)
  if (says.length > 0) throw new Error(says.join('; '))
}

/** `String.hashCode`. */
function javaHash(given) {
  let hash = 0
  for (let index = 0; index < given.length; index += 1) hash = (Math.imul(hash, 31) + given.charCodeAt(index)) | 0
  return hash
}

async function until(what, isSo) {
  const giveUpAt = Date.now() + HAS_A_LIMIT_MS
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`waited ${HAS_A_LIMIT_MS} ms for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
