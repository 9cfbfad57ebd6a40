// The licences of what the command's file has inside, which must go wherever that file goes.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** For packages that name their licence and do not come with its text. */
const TEXTS = {
  'BSD-3-Clause': `Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following
conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following
disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following
disclaimer in the documentation and/or other materials provided with the distribution.

3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote products
derived from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES;
LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN
CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS
SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`,
}

/** One notice for each package that one of the files is of, except our own. Throws where there is no licence to show. */
export function noticesOf(files, root) {
  const folders = new Set(files.map(packageOf).filter((folder) => folder !== undefined && folder !== root))
  const notices = [...folders].map(noticeOf).sort()
  const head = 'The file of the command and the flights in dist/data come from these packages, under these licences.'
  return `${[head, ...notices].join('\n\n\n')}\n`
}

/** Its folder. A folder inside of a package may have a package.json, too, but none with a name. */
function packageOf(file) {
  if (!existsSync(file)) return undefined
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name !== undefined) return join(folder, '/')
  }
  return undefined
}

function noticeOf(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
  const holder = typeof author === 'string' ? author : author?.name
  const text = file === undefined ? TEXTS[license] : readFileSync(join(folder, file), 'utf8').trim()
  if (text === undefined) throw new Error(`${name} comes without its licence (${license}), and so cannot be joined in`)
  return [`${name} ${version} (${license})`, ...(file === undefined ? [`Copyright (c) ${holder}`] : []), text].join(
    '\n\n',
  )
}
