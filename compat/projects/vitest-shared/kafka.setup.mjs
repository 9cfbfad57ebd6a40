import { shareKafka } from 'odradek/testing'

export default () => shareKafka({ brokers: 3 })
