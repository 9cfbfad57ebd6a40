// A lock between processes, made of directories: at most one process is inside, and a killed owner does not keep it.
//
//     dist/.lock/<pid>-<nonce>      an empty file that names the owner
//
// Taking it:    a directory with the owner's file in it is made beside the lock, then renamed to it. A rename onto a
//               directory that is not empty fails, so a lock never exists without the name of its owner.
// Breaking it:  the file of the dead owner is removed by its own name. It is never another owner's, however many
//               processes find out at the same time that the owner died.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const POLL_MS = 50
const WAIT_MS_MAX = 15 * 60_000

/** Runs the work while no other process runs work under the same path. The folder above the path must exist. */
export async function withLock({ path, say }, work) {
  const owner = `${process.pid}-${randomBytes(6).toString('hex')}`
  await take(path, owner, say)
  try {
    return await work()
  } finally {
    remove(path, owner)
  }
}

async function take(path, owner, say) {
  const until = Date.now() + WAIT_MS_MAX
  for (let isFirst = true; !tryTake(path, owner); isFirst = false) {
    const holder = holderOf(path)
    if (holder !== undefined && !isAlive(holder)) remove(path, holder)
    if (Date.now() > until) throw new Error(`process ${holder} holds ${path} for too long: end it or remove the lock`)
    if (isFirst && holder !== undefined)
      say(`waiting for process ${Number.parseInt(holder, 10)}, which is preparing too`)
    await pause(POLL_MS)
  }
}

function tryTake(path, owner) {
  const own = `${path}-${owner}`
  mkdirSync(own)
  writeFileSync(join(own, owner), '')
  try {
    renameSync(own, path)
    return true
  } catch (error) {
    rmSync(own, { recursive: true })
    // EPERM and EACCES are how Windows says that the directory exists.
    if (['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'].includes(error.code)) return false
    throw error
  }
}

function holderOf(path) {
  try {
    return readdirSync(path)[0]
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function isAlive(owner) {
  try {
    process.kill(Number.parseInt(owner, 10), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function remove(path, owner) {
  rmSync(join(path, owner), { force: true })
  try {
    rmdirSync(path)
  } catch {
    // Somebody else was faster, to remove it or to take it: either is fine.
  }
}
