import { Command, CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { meantName } from '../base/config/meant-name.js'
import { ConfigError, KafkaError } from '../base/errors.js'
import { packageVersion } from '../cluster/package-folder.js'
import { InputError } from '../lab/input/input-error.js'
import { benchCommand } from './commands/bench.js'
import { checkCommand } from './commands/check.js'
import { LAB_ALONE, labCommand } from './commands/lab.js'
import { serveCommand } from './commands/serve.js'
import { simulateCommand } from './commands/simulate.js'
import { startCommand } from './commands/start.js'

const EXAMPLES = `
Start with:
  odradek start                                        what batch.size and linger.ms do, as a table and a page
  odradek serve --brokers 3                            a Kafka for clients in any language, at ports 9092 to 9094
  odradek bench --batch.size 1024,65536 --linger.ms 0,5
  odradek bench --help                                 every option of Kafka that can be swept
  odradek lab run acks                                 what the death of a leader loses, and what it does not
  odradek lab run failover --report failover.html      who does what in a failover, drawn along time
  odradek check history.ndjson                         what any client has sent and read: is it what was promised?
`

/** What is said of these commands where nothing stands behind them: there is nothing that they could do then. */
const ALONE: ReadonlyMap<string, string> = new Map([
  [
    '',
    `Usage: odradek <command> [options]

Start with:
  odradek start                 what batch.size and linger.ms do, as a table and a page
  odradek serve --brokers 3     a Kafka for clients in any language, at ports 9092 to 9094
  odradek lab run acks          what the death of a leader loses, and what it does not

odradek --help names all commands.
`,
  ],
  ['lab', LAB_ALONE],
])

/** Runs one command line, without the program's own name. Sets the exit code of the process; never ends it. */
export async function runProgram(args: readonly string[]): Promise<void> {
  const alone = args.length <= 1 ? ALONE.get(args[0] ?? '') : undefined
  if (alone !== undefined) {
    process.exitCode = 1
    process.stderr.write(alone)
    return
  }
  const program = new Command('odradek')
    .description('Kafka inside one Node.js process: measure it, study it, use it')
    .version(packageVersion())
    .addHelpText('after', EXAMPLES)
  const commands = [
    ...[startCommand(), serveCommand(), benchCommand(), labCommand()],
    ...[simulateCommand(), checkCommand()],
  ]
  for (const command of commands) program.addCommand(command)
  for (const command of [program, ...program.commands]) {
    // Errors are thrown, not printed: `says` words them.
    command.exitOverride().configureOutput({ outputError: () => {} })
  }
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return
    process.exitCode = 1
    process.stderr.write(`${says(error, program.commands, args[0])}\n`)
  }
}

function says(error: unknown, commands: readonly CommandUnknownOpts[], commandName: string | undefined): string {
  if (error instanceof CommanderError) {
    const command = commands.find((one) => one.name() === commandName)
    return unknownOption(error, command) ?? error.message.replace(/^error: /, '')
  }
  if (error instanceof KafkaError || error instanceof InputError) return error.message
  // Anything else is a fault of this program, so its stack matters.
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function unknownOption(error: CommanderError, command: CommandUnknownOpts | undefined): string | null {
  if (error.code !== 'commander.unknownOption' || command === undefined) return null
  const given = /--?([^'=\s]+)/.exec(error.message)?.[1]
  if (given === undefined) return null
  const names = command.options.map((option) => option.long?.slice(2) ?? '')
  const meant = meantName(given, names)
  const help = meant === '' ? `: odradek ${command.name()} --help names all of them` : meant
  return new ConfigError(given, `There is no option ${given}${help}`).message
}
