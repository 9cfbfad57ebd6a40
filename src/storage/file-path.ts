import { accessSync, constants, existsSync, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Shape, WRONG } from '../base/arguments/shape.js'
import { shown } from '../base/arguments/shown.js'
import { ConfigError, KafkaError } from '../base/errors.js'
import { urlText } from '../base/url.js'

/** The path of an existing or future file, or its URL. */
export const filePath: Shape<string> = {
  right: 'the path of a file',
  read(given) {
    if (typeof given === 'string') return given === '' || given.includes('\0') ? WRONG : given
    const address = urlText(given)
    return address !== null && /^file:/i.test(address) && URL.canParse(address) ? fileURLToPath(address) : WRONG
  },
}

/** Throws a ConfigError where no file can be written at the path: its folder is not there, or it is a folder itself. */
export function checkWritable(path: string): void {
  const folder = dirname(resolve(path))
  const there = statOf(path)
  if (there?.isDirectory() === true) throw unwritable(path, 'it is a folder')
  if (statOf(folder)?.isDirectory() !== true) throw unwritable(path, `there is no folder ${folder}`)
  // A file may be read where its folder cannot be written, to be replayed.
  if (there === undefined && !isWritable(folder))
    throw unwritable(path, `nothing can be written to the folder ${folder}`)
}

/** Throws where there is no file to be read. */
export function checkThere(path: string): void {
  if (!existsSync(path))
    throw new KafkaError('RESOURCE_NOT_FOUND', `Cannot read dead letters: there is no such file: ${path}`)
}

const unwritable = (path: string, why: string): ConfigError =>
  new ConfigError('path', `Cannot keep dead letters in ${shown(path)}: ${why}`)

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
