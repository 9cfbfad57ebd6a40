import { writeFileSync } from 'node:fs'
import { Command } from '@commander-js/extra-typings'
import { watchStandardStreams } from '../src/cli/standard-streams.js'
import { thisMachine } from '../src/lab/measure/this-machine.js'
import { benchTable } from '../src/lab/report/bench-table.js'
import { count, named, names, numbers, positive } from '../test/support/tool-options.js'
import { attachedTable, runAttached } from './attached.js'
import { checkFiguresTable, runCheck } from './check.js'
import { COUNTS, KINDS } from './churn/kinds.js'
import { churnTable, runChurn } from './churn/run-churn.js'
import { GROUP_BENCHES, groupsTable, runGroups } from './groups/run-groups.js'
import { runSettle, settleTable } from './groups/settle.js'
import { growthTable, runGrowth } from './growth.js'
import { runCampaign } from './kills/campaign.js'
import { runFailover } from './kills/failover.js'
import { failoverTable, killsTable } from './kills/kills-table.js'
import { kitTable, runKit } from './kit.js'
import { runLatency } from './latency.js'
import { memoryTable, runMemory } from './memory.js'
import { microSuites, microTable, runMicro } from './micro.js'
import { CONTESTANTS } from './peers/contestants.js'
import { peersTable } from './peers/peers-table.js'
import { type PeerSummary, runPeers } from './peers/run-peers.js'
import { runStartup, startupTable } from './startup.js'
import { runWire, WIRE_BENCHES, wireTable } from './wire/run-wire.js'

const nameOf = ({ name }: { readonly name: string }): string => name
const program = new Command('bench').description('Measures this project and what it is compared with')

program
  .command('peers')
  .description('moves records from one thread to another with everything a user would pick instead, in turns')
  .option('--record-size <bytes>', 'sizes of a value, a comma list', numbers, [100, 1000])
  .option('--repeat <times>', 'turns of each contestant', positive, 5)
  .option('--seconds <seconds>', 'length of a turn, about', positive, 1)
  .option('--only <names>', `some of ${CONTESTANTS.map(nameOf).join(', ')}`, named(CONTESTANTS, nameOf))
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(async (options) => {
    const contestants = options.only ?? CONTESTANTS
    const peers: PeerSummary[] = []
    for (const recordBytes of options.recordSize) {
      const onTurn = ({ name, repeat }: { name: string; repeat: number }) =>
        progress(
          repeat === 0
            ? `${recordBytes} B: how fast is ${name}?`
            : `${recordBytes} B: ${name}, ${repeat} of ${options.repeat}`,
        )
      peers.push(
        ...(await runPeers(contestants, {
          recordBytes,
          repeats: options.repeat,
          secondsPerTurn: options.seconds,
          onTurn,
        })),
      )
    }
    publish({ machine: thisMachine(), peers }, peersTable(peers), options.json)
  })

program
  .command('micro')
  .description('times single steps of the data path')
  .option('--only <names>', 'some of the suites, a comma list', names, [])
  .option('--seconds <seconds>', 'length of a task, about', positive, 0.5)
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(async (options) => {
    const figures = await runMicro(await microSuites(options.only), { msPerTask: options.seconds * 1e3 })
    publish({ machine: thisMachine(), micro: figures }, microTable(figures), options.json)
  })

program
  .command('latency')
  .description(
    '10,000 records per second, linger.ms 0: from the intended send time to the handler, a module and a closure',
  )
  .option('--seconds <seconds>', 'length of a run', positive, 3)
  .option('--repeat <times>', 'repeats, in turns', positive, 3)
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(async ({ seconds, repeat, json }) => {
    const result = await runLatency({ seconds, repeats: repeat })
    publish(result, benchTable(result), json)
  })

program
  .command('memory')
  .description('how much resident memory grows with the records that were moved')
  .option('--records <n>', 'records to move', positive, 50_000_000)
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(async ({ records, json }) => {
    const memory = await runMemory({ records })
    publish({ machine: thisMachine(), memory }, memoryTable(memory), json)
  })

program
  .command('churn')
  .description('what clusters, consumers, producers, admins and broker restarts leave behind that come and go')
  .option('--only <kinds>', `some of ${KINDS.join(', ')}`, named(KINDS, String))
  .option(
    '--count <n>',
    `how many of each; default: ${KINDS.map((kind) => `${COUNTS[kind]} ${kind}`).join(', ')}`,
    count,
  )
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(({ only, count: given, json }) => {
    const churn = (only ?? KINDS).map((kind) => {
      progress(kind)
      return runChurn(kind, given ?? COUNTS[kind])
    })
    publish({ machine: thisMachine(), churn }, churnTable(churn), json)
    if (churn.some(({ holds }) => !holds)) process.exitCode = 1
  })

program
  .command('startup')
  .description('from Cluster.start to the first record, each time in a fresh process')
  .option('--brokers <n>', 'brokers of the cluster', positive, 3)
  .option('--repeat <times>', 'processes', positive, 10)
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(({ brokers, repeat, json }) => {
    const startup = runStartup({ brokers, processes: repeat })
    publish({ machine: thisMachine(), startup }, startupTable(startup), json)
  })

program
  .command('kit')
  .description("from startKafka to the first record of a group of KafkaJS's, each time in a fresh process, and resets")
  .option('--brokers <n>', 'brokers of the cluster', positive, 3)
  .option('--repeat <times>', 'processes', positive, 10)
  .option('--resets <n>', 'resets of one cluster, each looked at for what is left', positive, 1000)
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(async ({ brokers, repeat, resets, json }) => {
    const kit = await runKit({ brokers, processes: repeat, resets }, (done) => progress(`${done} of ${resets} resets`))
    publish({ machine: thisMachine(), kit }, kitTable(kit), json)
    if (kit.unclean > 0) process.exitCode = 1
  })

program
  .command('attached')
  .description('a producer in the thread that has started the cluster and one in a thread that has attached, in turns')
  .option('--records <n>', 'records of a turn, after as many to warm up', positive, 1_000_000)
  .option('--record-size <bytes>', 'size of a value', positive, 100)
  .option('--repeat <times>', 'turns of each', positive, 7)
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(async ({ records, recordSize, repeat, json }) => {
    const onTurn = (where: string, turn: number): void => progress(`${where}, ${turn} of ${repeat}`)
    const attached = await runAttached({ records, recordBytes: recordSize, repeats: repeat, onTurn })
    publish({ machine: thisMachine(), attached }, attachedTable(attached), json)
  })

program
  .command('kills')
  .description('kills threads of three brokers under load with acks=all, and checks all that clients have seen')
  .option('--kills <n>', 'deaths', positive, 1000)
  .option('--groups', 'groups read along and commit; their members and coordinators die as well', false)
  .option('--seed <seed>', 'what decides who dies when; threads add chance of their own')
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(async ({ kills, groups: hasGroups, seed = Math.random().toString(36).slice(2), json }) => {
    const onKill = (count: number): void => progress(`${count} of ${kills}`)
    const result = await runCampaign({ kills, seed, hasGroups, onKill })
    publish({ machine: thisMachine(), seed, kills: result }, `seed ${seed}\n${killsTable(result)}`, json)
    if (Object.keys(result.counts).length + (result.groups?.violations.length ?? 0) > 0) process.exitCode = 1
  })

program
  .command('failover')
  .description(
    'from the death of a leader, and from the moment at which it stands still, to the next acknowledged write',
  )
  .option('--kills <n>', 'deaths', count, 200)
  .option('--pauses <n>', 'pauses, with a session of 500 ms', count, 30)
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(async ({ kills, pauses, json }) => {
    const failover = await runFailover({ kills, pauses })
    publish({ machine: thisMachine(), failover }, failoverTable(failover), json)
  })

program
  .command('check')
  .description('a history of sends, acks and polls, written to a file and checked as odradek check does it')
  .option('--operations <n>', 'lines of the file', positive, 1_000_000)
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(async ({ operations, json }) => {
    const check = await runCheck({ operations })
    publish({ machine: thisMachine(), check }, checkFiguresTable(check), json)
  })

program
  .command('growth')
  .description(
    'what one operation takes beside 10 to 10,000 others: topics, replicated partitions, batches of a flush, line ends',
  )
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(async ({ json }) => {
    const growth = await runGrowth(({ operation, size }) => progress(`${operation}: ${size}`))
    publish({ machine: thisMachine(), growth }, growthTable(growth), json)
  })

program
  .command('settle')
  .description('from a change of a group until each partition has a reader again: members come, close and are killed')
  .option('--members <n>', 'members that begin, in threads that run', positive, 8)
  .option('--partitions <n>', 'partitions of the topic', positive, 64)
  .option('--repeat <times>', 'clusters', positive, 5)
  .option('--changes <n>', 'members that come, close and are killed in each cluster', count, 5)
  .option('--assignor <name>', 'the assignor of all members', 'range')
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(async ({ members, partitions, repeat, changes, assignor, json }) => {
    const options = { members, partitions, repeats: repeat, changes, assignor }
    const settle = await runSettle(options, (turn) => progress(`${turn} of ${repeat}`))
    publish({ machine: thisMachine(), settle }, settleTable(settle), json)
  })

program
  .command('groups')
  .description('what groups cost: reading in one, commits, a member that is killed, members that keep what they have')
  .option('--only <names>', `some of ${GROUP_BENCHES.map(nameOf).join(', ')}`, named(GROUP_BENCHES, nameOf))
  .option('--repeat <times>', 'turns of each', positive, 5)
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(async ({ only, repeat, json }) => {
    const benches = only ?? GROUP_BENCHES
    const groups = await runGroups(benches, { repeats: repeat, onProgress: progress })
    publish({ machine: thisMachine(), groups }, groupsTable(groups), json)
  })

program
  .command('wire')
  .description('clients on a socket: the same ones with Odradek and with a real broker of Kafka, in turns')
  .option('--only <names>', `some of ${WIRE_BENCHES.map(nameOf).join(', ')}`, named(WIRE_BENCHES, nameOf))
  .option('--repeat <times>', 'turns of each server', positive, 5)
  .option('--scale <share>', 'the share of the usual records, requests and seconds', positive, 1)
  .option('--no-kafka', 'Odradek alone')
  .option('--json <file>', 'figures as JSON; - is standard output')
  .action(async ({ only, repeat, scale, kafka: besideKafka, json }) => {
    const benches = only ?? WIRE_BENCHES
    const wire = await runWire(benches, { repeats: repeat, scale, besideKafka, onProgress: progress })
    publish({ machine: thisMachine(), wire }, wireTable(wire), json)
  })

/** With `--json -` standard output carries the JSON alone. */
function publish(result: object, table: string, json: string | undefined): void {
  const text = `${JSON.stringify(result, null, 2)}\n`
  if (json === '-') process.stdout.write(text)
  else if (json !== undefined) writeFileSync(json, text)
  const out = json === '-' ? process.stderr : process.stdout
  out.write(`${table}\n`)
}

function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`)
}

watchStandardStreams()
try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
