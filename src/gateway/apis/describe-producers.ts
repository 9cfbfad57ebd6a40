import { describeProducers } from '../../protocol/apis/describe-producers.js'
import { joined, withFewRepeats } from '../named-twice.js'
import { type Passage, passedOn } from '../passage.js'

export const describeProducersPassage: Passage = passedOn(describeProducers, {
  isLarge: true,
  request(message) {
    const named = message.topics.flatMap(({ name, partitionIndexes }) =>
      partitionIndexes.map((index) => ({ name, index })),
    )
    const asked = withFewRepeats(named, ({ name, index }) => `${index} ${name}`)
    if (asked === named) return message
    const byTopic = joined(
      asked,
      ({ name }) => name,
      ({ index }) => [index],
    )
    const topics = byTopic.map(({ topic: { name }, parts }) => ({ name, partitionIndexes: parts }))
    return { ...message, topics }
  },
})
