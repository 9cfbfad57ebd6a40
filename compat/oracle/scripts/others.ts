import { type Area, ask, inVersions, script } from '../script.js'

const NOBODY = { transactionalId: null }

export const INIT_PRODUCER_ID: Area = {
  name: 'InitProducerId',
  scripts: [
    script('without a transactional id, in all versions', [
      ...inVersions('InitProducerId', [0, 1, 2, 3, 4, 5, 6], NOBODY),
      ask('InitProducerId', 4, { ...NOBODY, transactionTimeoutMs: 60_000 }),
      ask('InitProducerId', 4, { ...NOBODY, transactionTimeoutMs: -1 }),
    ]),
    script('with an id that it has already', [
      ask('InitProducerId', 4, NOBODY, { binds: { id: 'producerId' } }),
      ...inVersions('InitProducerId', [3, 4, 5], { ...NOBODY, producerId: '$id', producerEpoch: 0 }),
      ask('InitProducerId', 4, { ...NOBODY, producerId: '$id', producerEpoch: -1 }),
      ask('InitProducerId', 4, { ...NOBODY, producerId: -1, producerEpoch: 3 }),
      ask('InitProducerId', 4, { ...NOBODY, producerId: '$id', producerEpoch: 32_767 }),
      ask('InitProducerId', 4, { ...NOBODY, producerId: -2, producerEpoch: 0 }),
    ]),
    script('with an empty transactional id', inVersions('InitProducerId', [0, 2, 4, 5, 6], { transactionalId: '' })),
  ],
}

export const API_VERSIONS: Area = {
  name: 'ApiVersions',
  scripts: [
    script('in all versions', [
      ...inVersions('ApiVersions', [0, 1, 2]),
      ...inVersions('ApiVersions', [3, 4], { clientSoftwareName: 'oracle', clientSoftwareVersion: '1.0' }),
      ...inVersions('ApiVersions', [0, 1, 2]),
    ]),
    script('names of clients', [
      ...['', '-oracle', 'oracle-', 'or acle', 'ör', 'a.b-c'].map((clientSoftwareName) =>
        ask('ApiVersions', 3, { clientSoftwareName, clientSoftwareVersion: '1' }),
      ),
      ...['', '-1', 'v 1', '1_0'].map((clientSoftwareVersion) =>
        ask('ApiVersions', 4, { clientSoftwareName: 'oracle', clientSoftwareVersion }),
      ),
    ]),
  ],
}
