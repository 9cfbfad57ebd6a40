import { type TransferListItem, Worker } from 'node:worker_threads'
import { ACKNOWLEDGE_EVERY, Credit, RECORDS_AHEAD_MAX } from './credit.js'
import { type Peer, timed } from './peer.js'

/** The sending end of a channel between two threads. */
export interface Sender {
  /** The receiving thread's `workerData`, without `recordBytes`, which is added. */
  readonly workerData: Readonly<Record<string, unknown>>
  readonly transferList: readonly TransferListItem[]
  /** Sends the records numbered from `first` up to and without `end`. */
  send(first: number, end: number): void
  /** Sends `END`, behind all records. */
  finish(): void
  close(): void
}

export interface ThreadPeer {
  readonly name: string
  readonly says: string
  /** The receiving thread's file. */
  readonly worker: URL
  open(recordBytes: number): Sender
}

/** A contestant that sends from the calling thread to a worker, with credit for back pressure. */
export function threadPeer({ name, says, worker: file, open }: ThreadPeer): Peer {
  return {
    name,
    says,
    async run({ recordBytes, records, warmUpRecords }) {
      const sender = open(recordBytes)
      const { workerData, transferList } = sender
      const worker = new Worker(file, {
        execArgv: [],
        transferList: [...transferList],
        workerData: { ...workerData, recordBytes },
      })
      const credit = new Credit(worker)
      try {
        await credit.acknowledged(0)
        await move(sender, credit, { first: 0, end: warmUpRecords })
        const measured = { first: warmUpRecords, end: warmUpRecords + records }
        return await timed({ recordBytes, records }, () => move(sender, credit, measured))
      } finally {
        sender.close()
        await worker.terminate()
      }
    },
  }
}

async function move(
  sender: Sender,
  credit: Credit,
  range: { readonly first: number; readonly end: number },
): Promise<void> {
  for (let first = range.first; first < range.end; first += ACKNOWLEDGE_EVERY) {
    const end = Math.min(first + ACKNOWLEDGE_EVERY, range.end)
    await credit.acknowledged(end - RECORDS_AHEAD_MAX)
    sender.send(first, end)
  }
  sender.finish()
  await credit.acknowledged(range.end)
}
