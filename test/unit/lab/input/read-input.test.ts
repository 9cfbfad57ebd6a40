import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deferred } from '../../../../src/base/deferred.js'
import { InputError } from '../../../../src/lab/input/input-error.js'
import { type InputOptions, readInput } from '../../../../src/lab/input/read-input.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-input-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

type Row = readonly [key: string | null, value: string, line: number]

async function rows(path: string, options?: InputOptions): Promise<Row[]> {
  const rows: Row[] = []
  for await (const { key, value, line } of readInput(path, options)) rows.push([key, value.toString(), line])
  return rows
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function* stdinOf(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk)
}

describe('NDJSON', () => {
  test('gives the bytes of each line, its key and its line number, and skips blank lines', async () => {
    const path = file('a.ndjson', '{"id": 7, "city":"Plzeň"}\n\n  \r\n{"id":"x"}\r\n')
    expect(await rows(path, { key: 'id' })).toEqual([
      ['7', '{"id": 7, "city":"Plzeň"}', 1],
      ['x', '{"id":"x"}', 4],
    ])
  })

  test('has no keys without a key field, and a null key where the field is null', async () => {
    const path = file('b.jsonl', '{"id":null}')
    expect(await rows(path)).toEqual([[null, '{"id":null}', 1]])
    expect(await rows(path, { key: 'id' })).toEqual([[null, '{"id":null}', 1]])
  })

  test('names file and line of what is not JSON', async () => {
    const path = file('c.ndjson', '{"id":1}\n{"id":\n')
    await expect(rows(path)).rejects.toThrow(InputError)
    await expect(rows(path)).rejects.toThrow(`${path}:2: not JSON`)
  })

  test('names file, line and the fields that are there when the key field is missing', async () => {
    const path = file('d.ndjson', '{"id":1}\n{"name":"a","constructor":1}\n')
    await expect(rows(path, { key: 'id' })).rejects.toThrow(
      `${path}:2: there is no field "id" for the key; this object has "name", "constructor"`,
    )
    await expect(rows(path, { key: 'toString' })).rejects.toThrow(`${path}:1: there is no field "toString"`)
  })

  test('refuses an object as a key', async () => {
    const path = file('e.ndjson', '{"id":{"a":1}}\n')
    await expect(rows(path, { key: 'id' })).rejects.toThrow('must be a string, a number, true, false or null')
  })
})

describe('a .json file', () => {
  test('may be one array of objects, of which each gives its own bytes and line', async () => {
    const path = file('a.json', '\n[{"id":1,"s":"]}\\"{"},\n  {\n    "id": 2, "list": [[{}]]\n  }\n]\n')
    expect(await rows(path, { key: 'id' })).toEqual([
      ['1', '{"id":1,"s":"]}\\"{"}', 2],
      ['2', '{\n    "id": 2, "list": [[{}]]\n  }', 3],
    ])
  })

  test('may hold one object per line, and may be empty', async () => {
    expect(await rows(file('b.json', '{"id":1}\n{"id":2}\n'), { key: 'id' })).toHaveLength(2)
    expect(await rows(file('c.json', '[ ]'))).toEqual([])
    expect(await rows(file('d.json', ''))).toEqual([])
  })

  test.each([
    ['[{"id":1} {"id":2}]', ':1: "{" is out of place; an object must be followed by , or ]'],
    ['[{"id":1},\n 7]', ':2: "7" is out of place; every element of the array must be an object'],
    ['[{"id":1}] x', ':1: "x" is out of place; nothing may follow the array'],
    ['[{"id":1},\n{"id":2', ':2: the array ends too early, in the object that starts at line 2'],
    ['[\n{"id":}]', ':2: not JSON'],
  ])('is refused where it is broken: %s', async (content, message) => {
    const path = file('broken.json', content)
    await expect(rows(path)).rejects.toThrow(path + message)
  })
})

describe('CSV', () => {
  test('takes keys from the column that the header names, and keeps rows as they are written', async () => {
    const path = file('a.csv', 'city,"the ""id"""\r\n"Praha, 1","a\r\nb"\r\n\r\nBrno,2')
    expect(await rows(path, { key: 'the "id"' })).toEqual([
      ['a\r\nb', '"Praha, 1","a\r\nb"', 2],
      ['2', 'Brno,2', 5],
    ])
  })

  test('passes bytes through unchanged, whatever their encoding', async () => {
    const path = file('b.csv', Buffer.concat([Buffer.from('\ufeffklíč,b\n'), Buffer.from([0xe9, 0x2c, 0x80, 0x0a])]))
    const records = []
    for await (const record of readInput(path, { key: 'klíč' })) records.push(record)
    expect(records[0]?.value).toEqual(Buffer.from([0xe9, 0x2c, 0x80]))
  })

  test('reads .tsv with tabs', async () => {
    expect(await rows(file('a.tsv', 'id\tname\n1\tx,y\n'), { key: 'id' })).toEqual([['1', '1\tx,y', 2]])
  })

  test('names the columns when the key is not among them', async () => {
    const path = file('c.csv', 'id,name\n1,x\n')
    await expect(rows(path, { key: 'ID' })).rejects.toThrow(
      `${path}:1: there is no column "ID" for the key; the header has "id", "name"`,
    )
  })

  test.each([
    ['id,name\n\n1,x,y\n', 'Invalid Record Length'],
    ['id,name\n1,"x\n', 'Quote Not Closed'],
    ['id,name\n1,"x"y\n', 'Invalid Closing Quote'],
  ])('names the file where a row is broken: %j', async (content, message) => {
    const path = file('broken.csv', content)
    await expect(rows(path)).rejects.toThrow(InputError)
    await expect(rows(path)).rejects.toThrow(message)
  })
})

describe('plain lines', () => {
  test('are values without keys, an empty line too, and the last line end opens no further line', async () => {
    expect(await rows(file('a.log', 'one\n\n{"three\n'))).toEqual([
      [null, 'one', 1],
      [null, '', 2],
      [null, '{"three', 3],
    ])
  })

  test('have no key field', async () => {
    const path = file('b.txt', 'one\n')
    await expect(rows(path, { key: 'id' })).rejects.toThrow(`${path}: plain lines have no field "id"; leave out --key`)
  })
})

describe('standard input', () => {
  test('is NDJSON when the first line that is not blank starts with a brace, however the chunks fall', async () => {
    const stdin = stdinOf('\n', ' \n ', '{"id', '":1}\n{"i', 'd":2}')
    expect(await rows('-', { key: 'id', stdin })).toEqual([
      ['1', ' {"id":1}', 3],
      ['2', '{"id":2}', 4],
    ])
  })

  test('is plain lines otherwise', async () => {
    expect(await rows('-', { stdin: stdinOf('a{', '\nb\n') })).toEqual([
      [null, 'a{', 1],
      [null, 'b', 2],
    ])
  })

  test('is called so in errors', async () => {
    await expect(rows('-', { stdin: stdinOf('{\n') })).rejects.toThrow('standard input:1: not JSON')
  })
})

describe('gzip', () => {
  const events = gzipSync('{"id":1}\n{"id":2}\n')
  const wanted = [
    [null, '{"id":1}', 1],
    [null, '{"id":2}', 2],
  ]

  test('is unzipped, and its name tells the format as without .gz', async () => {
    expect(await rows(file('a.ndjson.gz', events))).toEqual(wanted)
    expect(await rows(file('b.JSON.GZ', gzipSync('\n [{"id":1},\n{"id":2}]')))).toEqual([
      [null, '{"id":1}', 2],
      [null, '{"id":2}', 3],
    ])
    expect(await rows(file('c.csv.gz', gzipSync('\ufeffid\n1\n')))).toEqual([[null, '1', 2]])
  })

  test('is known by its first bytes, whatever its name, and comes from standard input as well', async () => {
    expect(await rows(file('a.ndjson', events))).toEqual(wanted)
    async function* byteByByte(): AsyncGenerator<Uint8Array> {
      for (const byte of events) yield Uint8Array.of(byte)
    }
    expect(await rows('-', { stdin: byteByByte() })).toEqual(wanted)
  })

  test('that is cut off or broken is refused', async () => {
    const cut = file('cut.ndjson.gz', events.subarray(0, -12))
    await expect(rows(cut)).rejects.toThrow(`${cut}: this is gzip that cannot be unzipped (unexpected end of file)`)
    const broken = file('broken.gz', Buffer.concat([events.subarray(0, 10), Buffer.alloc(9, 0xff)]))
    await expect(rows(broken)).rejects.toThrow(InputError)
  })

  test('that is not read to its end is closed', async () => {
    const closed = deferred<void>()
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield gzipSync('line\n')
      } finally {
        closed.resolve()
      }
    }
    for await (const _ of readInput('-', { stdin: endless() })) break
    await closed.promise
  })
})

describe('a file that cannot be read', () => {
  test('is refused with what would be right', async () => {
    const missing = join(folder, 'missing.csv')
    await expect(rows(missing)).rejects.toThrow(`${missing}: there is no such file`)
    await expect(rows(folder)).rejects.toThrow(`${folder}: this is a directory; name a file`)
  })
})

test('a reader that stops early closes its source', async () => {
  let closed = false
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.from('line\n')
    } finally {
      closed = true
    }
  }
  for await (const record of readInput('-', { stdin: endless() })) if (record.line === 3) break
  expect(closed).toBe(true)
})
