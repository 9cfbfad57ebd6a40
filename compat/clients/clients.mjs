// The clients that are tried, and what each needs. What a package registry has is installed into a folder of its own;
// where a client cannot be had, its `prepare` throws an Absent with a sentence that says why.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeOf, npm, ROOT, run } from '../workshop.mjs'

export class Absent extends Error {}

/** Kept from run to run, so that the next one is quick. */
const FOLDER = join(tmpdir(), `odradek-clients-${process.getuid?.() ?? 'user'}`)
const COMPILING_MS = 1_200_000
const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/** In the order of the table; `prepare` gives what `runStory` starts. */
export const CLIENTS = [
  {
    name: 'kafkajs',
    prepare: async () => ({ program: process.execPath, args: [here('kafkajs/story.mjs')], cwd: ROOT }),
  },
  {
    name: '@platformatic/kafka 1',
    prepare: async () => ({ program: process.execPath, args: [here('platformatic/story.mjs')], cwd: ROOT }),
  },
  { name: '@platformatic/kafka 2', prepare: () => platformatic('2.12.1', '24') },
  { name: '@confluentinc/kafka-javascript', prepare: () => confluent('1.10.1') },
  { name: 'Java 4.2', prepare: () => java('4.2.1') },
  { name: 'Java 3.9', prepare: () => java('3.9.1') },
  { name: "Kafka's tools 4.2", prepare: () => tools('4.2.1') },
  { name: "Kafka's tools 3.9", prepare: () => tools('3.9.1') },
  { name: 'franz-go', prepare: franz },
  { name: 'kcat', prepare: kcat },
  {
    name: 'confluent-kafka for Python',
    prepare: () => python('confluent-kafka==2.16.1', 'librdkafka-python/story.py'),
  },
  { name: 'kafka-python', prepare: () => python('kafka-python==3.0.12', 'kafka-python/story.py') },
]

function has(program, args, sentence) {
  const { status } = spawnSync(program, args, { stdio: 'ignore' })
  if (status !== 0) throw new Absent(sentence)
}

function folderOf(name) {
  const folder = join(FOLDER, name)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Runs an installation, once for each version. */
async function installed(folder, mark, install) {
  const done = join(folder, `${mark.replaceAll(/[^\w.-]/g, '_')}.installed`)
  if (existsSync(done)) return
  try {
    await install()
  } catch (error) {
    throw new Absent(`${mark} could not be installed: ${error.message.split('\n').slice(0, 3).join(' ')}`)
  }
  writeFileSync(done, '')
}

async function platformatic(version, major) {
  const node = await nodeOf(major)
  if (node === null) throw new Absent(`there is no Node ${major} for it`)
  const folder = folderOf(`platformatic-${version}`)
  await installed(folder, version, async () => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    await npm(['install', '--no-audit', '--no-fund', `@platformatic/kafka@${version}`], { cwd: folder })
  })
  return { program: node.program, args: [here('platformatic/story.mjs')], cwd: folder }
}

/** It is compiled, which takes minutes, and needs the headers of zstd, OpenSSL, SASL and curl. */
async function confluent(version) {
  const folder = folderOf(`confluent-javascript-${version}`)
  await installed(folder, version, async () => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    const args = ['install', '--no-audit', '--no-fund', `@confluentinc/kafka-javascript@${version}`]
    await npm(args, { cwd: folder, env: { CKJS_LINKING: 'dynamic' }, limitMs: COMPILING_MS })
  })
  return { program: process.execPath, args: [here('confluent-javascript/story.mjs')], cwd: folder }
}

/** What Maven puts into a folder for a version of Kafka. */
async function jars(project, version) {
  has('mvn', ['--version'], 'there is no Maven on this machine')
  has('java', ['-version'], 'there is no Java on this machine')
  const folder = folderOf(`${project}-${version}`)
  await installed(folder, version, () =>
    run('mvn', [
      ...['-q', '-B', '-f', here(`${project}/pom.xml`), `-Dkafka.version=${version}`, 'dependency:copy-dependencies'],
      `-DoutputDirectory=${folder}`,
    ]),
  )
  return folder
}

/** Compiled against the version that it runs with. */
async function java(version) {
  has('javac', ['-version'], 'there is no JDK on this machine')
  const folder = await jars('java', version)
  await run('javac', ['-cp', join(folder, '*'), '-d', folder, here('java/Story.java')])
  return {
    program: 'java',
    args: ['-Xmx256m', '-cp', [folder, join(folder, '*')].join(delimiter), 'Story'],
    cwd: folder,
  }
}

async function tools(version) {
  const folder = await jars('kafka-tools', version)
  const env = { KAFKA_CLASSPATH: join(folder, '*'), KAFKA_VERSION: version }
  return { program: process.execPath, args: [here('kafka-tools/story.mjs')], cwd: folder, env }
}

async function franz() {
  has('go', ['version'], 'there is no Go on this machine')
  const folder = folderOf('franz-go')
  const program = join(folder, process.platform === 'win32' ? 'story.exe' : 'story')
  try {
    await run('go', ['build', '-o', program, '.'], { cwd: here('franz-go') })
  } catch (error) {
    throw new Absent(`it could not be built: ${error.message.split('\n').slice(0, 3).join(' ')}`)
  }
  return { program, cwd: folder }
}

async function kcat() {
  has('kcat', ['-V'], 'there is no kcat on this machine')
  return { program: process.execPath, args: [here('kcat/story.mjs')], cwd: folderOf('kcat') }
}

async function python(requirement, story) {
  has('python3', ['-m', 'venv', '--help'], 'there is no Python on this machine')
  const folder = folderOf('python')
  const program = join(folder, 'bin', 'python')
  if (!existsSync(program)) await run('python3', ['-m', 'venv', folder])
  await installed(folder, requirement, () => run(program, ['-m', 'pip', 'install', '-q', requirement]))
  return { program, args: [here(story)], cwd: folder }
}
