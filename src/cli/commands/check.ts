import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { checkFlatHistory } from '../../lab/history/check-history.js'
import { type CheckResult, checkResult } from '../../lab/history/check-result.js'
import { readHistory } from '../../lab/history/read-history.js'
import { checkTable } from '../../lab/report/check-table.js'
import { checkOutputs, writeJson } from '../outputs.js'

const FORMAT = `
A history is a file of JSON objects, one a line, written by any client of any system like Kafka:

  {"op":"send","producer":"p1","id":"p1-17","topic":"orders"}             before the client is asked to send
  {"op":"ack","id":"p1-17","partition":0,"offset":42}                     when it says that the record is written
  {"op":"fail","id":"p1-18"}                                              when it has given up; it may be written all the same
  {"op":"poll","consumer":"c1","topic":"orders","partition":0,"records":[{"id":"p1-17","offset":42}]}
  {"op":"end"}                                                            when everything was read, from the beginning to the end

Where they are needed:
  {"op":"producer","producer":"p1","acks":"all","enable.idempotence":true,"max.in.flight.requests.per.connection":5}
  {"op":"assign","consumer":"c1"}                                         was assigned anew, or has sought: goes on elsewhere

Ids are strings or numbers, and a record's id is in its value, its key or a header, so that its reader can tell it. Optional:
  time           of send and ack, in milliseconds of one clock: then a record that overtakes in time is found
  partition      of send, or of ack; left out of both, it is where the record is first read
  topic, partition, highWatermark    of a poll or of each of its records
  intact         false of a record that was read and does not have the value that was sent
  refused        true of a fail: the record was certainly not written, and must not be read
  acks, enable.idempotence, max.in.flight.requests.per.connection, retries
                 of a producer, from that line on, or of one send. They decide what was promised, and have Kafka's defaults
  consumer, topic, partition
                 of an end: everything was read by this consumer alone; everything in these alone was read
Other fields are passed over. Files may be joined: only the order of each producer's and of each consumer's own lines counts.

Examples:
  odradek check history.ndjson
  cat producer-*.ndjson consumer-*.ndjson | odradek check -
  odradek check history.ndjson --json - | jq '.anomalies[] | .says'

The exit code is 1 when something was found that was promised not to be: lost with acks=all; duplicated with idempotence; out of
order with idempotence or one request in flight; and anything else that the table has.
`

export function checkCommand(): CommandUnknownOpts {
  return new Command('check')
    .description("check anybody's history of sends, acks and polls: lost, duplicated, reordered, phantom records")
    .argument('<file>', 'NDJSON; - is standard input')
    .option('--json <file>', 'the result as JSON; - is standard output, which then carries nothing else')
    .addHelpText('after', FORMAT)
    .action(async (file, { json }) => {
      checkOutputs({ json }, file)
      const history = await readHistory(file)
      const result = checkResult(file === '-' ? 'standard input' : file, history, checkFlatHistory(history))
      publish(result, json)
      process.exitCode = result.verdict === 'holds' ? 0 : 1
    })
}

function publish(result: CheckResult, json: string | undefined): void {
  const eye = json === '-' ? process.stderr : process.stdout
  eye.write(`${checkTable(result)}\n`)
  if (json !== undefined) writeJson(json, result)
}
