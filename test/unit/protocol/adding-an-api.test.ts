import { afterAll, expect, test } from 'vitest'
import type { describeMessage } from '../../../src/actor/trace.js'
import type { Connection } from '../../../src/actor/types.js'
import type { actionsOf } from '../../../src/cluster/fault-rule.js'
import type { Request } from '../../../src/protocol/api.js'
import { ChangedSources, type Changes } from '../../support/changed-sources.js'
import type { GivenBroker } from '../broker/given-broker.js'

const OWN_FILE = `
import type { ErrorCode } from '../../base/error-code.js'
import { api } from '../definition.js'
import { flag } from '../request-shape.js'

export interface DescribeQuorumRequest {
  readonly api: 'DescribeQuorum'
  readonly includeObservers: boolean
}
export interface DescribeQuorumResponse {
  readonly api: 'DescribeQuorum'
  readonly error: ErrorCode
  readonly leader: string
}

export const describeQuorum = api<DescribeQuorumRequest, DescribeQuorumResponse>({
  name: 'DescribeQuorum',
  key: 55,
  servedBy: 'broker',
  shape: { includeObservers: flag },
  refusal: (_, error) => ({ api: 'DescribeQuorum', error, leader: '' }),
  brief: { request: ({ includeObservers }) => \`observers \${includeObservers}\`, response: ({ leader }) => leader },
  endures: { repetition: false },
})
`

/** Puts text behind a place that must be there. */
const behind =
  (place: string, added: string) =>
  (text: string): string => {
    expect(text).toContain(place)
    return text.replace(place, place + added)
  }

const TABLE = 'src/protocol/api.ts'
const HANDLER = 'src/broker/handlers/metadata.ts'
const CHANGES = {
  'src/protocol/apis/describe-quorum.ts': () => OWN_FILE,
  [TABLE]: (text: string) =>
    behind(
      'export const APIS = [\n',
      '  describeQuorum,\n',
    )(`import { describeQuorum } from './apis/describe-quorum.js'\n${text}`),
  [HANDLER]: behind(
    'readonly handlers: Handlers = {\n',
    `DescribeQuorum: (connection, correlationId) =>
      connection.reply(correlationId, { api: 'DescribeQuorum', error: 'NONE', leader: 'the only one' }),\n`,
  ),
} satisfies Changes

const ASKED = { api: 'DescribeQuorum', includeObservers: true } as unknown as Request
const BROKER = 'test/unit/broker/given-broker.ts'
const FAULTS = 'src/cluster/fault-rule.ts'
const TRACE = 'src/actor/trace.ts'
const PATIENCE_MS = 120_000

const house = new ChangedSources([BROKER, FAULTS, TRACE], CHANGES)
afterAll(() => house.remove())

test('a new API touches its own file, its line in the table and its handler, and the compiler asks for no more', () => {
  expect(house.faults).toEqual([])
})

test('a broker serves a new API, and checks what it is asked', { timeout: PATIENCE_MS }, async () => {
  const { GivenBroker: Given } = (await house.load(BROKER)) as { GivenBroker: typeof GivenBroker }
  const client = new Given().client()
  expect(client.ask(ASKED).answer).toMatchObject({ error: 'NONE', leader: 'the only one' })
  const says = "Cannot serve DescribeQuorum: includeObservers must be true or false, not 'yes'"
  expect(client.ask({ ...ASKED, includeObservers: 'yes' } as unknown as Request).answer).toMatchObject({
    api: 'Refused',
    says,
  })
})

test('scripted faults and traces know a new API', { timeout: PATIENCE_MS }, async () => {
  const faults = (await house.load(FAULTS)) as { actionsOf: (api: string) => ReturnType<typeof actionsOf> }
  expect(faults.actionsOf('DescribeQuorum')).toEqual(['error', 'delay', 'drop', 'dropResponse', 'disconnect'])
  const trace = (await house.load(TRACE)) as { describeMessage: typeof describeMessage }
  const connection = { peer: 'client-1' } as unknown as Connection
  const line = trace.describeMessage({ type: 'request', connection, correlationId: 3, body: ASKED })
  expect(line).toBe('< request DescribeQuorum #3 from client-1: observers true')
})

test('an API that is not in the table is none: its handler does not compile', () => {
  const { [TABLE]: _, ...others } = CHANGES
  const { faults } = new ChangedSources([HANDLER], others)
  expect(faults.join('\n')).toContain("'DescribeQuorum' does not exist in type 'Handlers'")
})
