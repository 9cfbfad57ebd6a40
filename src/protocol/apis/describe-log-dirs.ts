import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { array, bool, errorCode, int32, int64, string } from '../schema.js'

/** Tells how large the logs of a broker are (KIP-113). Version 4 adds the size of the volume (KIP-827). */
export const describeLogDirs = schemaApi({
  name: 'DescribeLogDirs',
  key: 35,
  servedBy: 'broker',
  refusal: (_, errorCode) => ({ api: 'DescribeLogDirs', throttleTimeMs: 0, errorCode, results: [] }),
  wire: wire({ oldest: 1, newest: 4, flexibleFrom: 2 }, () => ({
    request: {
      topics: array(
        {
          topic: string(),
          partitions: array(int32()),
        },
        { nullableSince: 0 },
      ),
    },
    response: {
      throttleTimeMs: int32(),
      errorCode: errorCode({ since: 3, ignorable: true }),
      results: array({
        errorCode: errorCode(),
        logDir: string(),
        topics: array({
          name: string(),
          partitions: array({
            partitionIndex: int32(),
            partitionSize: int64(),
            offsetLag: int64(),
            isFutureKey: bool(),
          }),
        }),
        totalBytes: int64({ since: 4, default: -1, ignorable: true }),
        usableBytes: int64({ since: 4, default: -1, ignorable: true }),
      }),
    },
  })),
})
