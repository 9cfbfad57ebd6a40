import { describeThrown } from '../base/thrown.js'
import type { HandlerContext, HandlerModule, LoadedHandler, RecordHandler } from '../client/consumer/handler.js'

/** What a handler module is given, and what closes what it makes of that. */
export interface ModuleContext extends HandlerContext {
  close(): Promise<void>
}

/**
 * Imports a handler module and makes its handler. `ready` is called once, whatever the module does, and never at once.
 */
export function loadHandlerModule(
  attached: unknown,
  { close, ...context }: ModuleContext,
  ready: (loaded: LoadedHandler) => void,
): void {
  const { module, options } = attached as HandlerModule
  const url = String(module)
  const fail = (failure: string, isMissing: boolean): void => {
    const failed = (): void => ready({ failure, isMissing })
    close().then(failed, failed)
  }
  const make = (imported: ImportedModule): void => {
    if (Object.keys(imported).length === 0) return fail(`${url} exports nothing`, true)
    makeHandler(url, imported, options, context).then(
      (handler) => ready({ handler, close }),
      (thrown) => fail(describeThrown(thrown), false),
    )
  }
  import(url).then(make, (thrown) => fail(describeThrown(thrown), isNotFound(thrown)))
}

/** Whether a module is not there: the one that is imported, or one that it imports. */
function isNotFound(thrown: unknown): boolean {
  try {
    return (thrown as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
  } catch {
    return false
  }
}

async function makeHandler(
  url: string,
  imported: ImportedModule,
  options: unknown,
  context: HandlerContext,
): Promise<RecordHandler> {
  const make = madeBy(imported)
  if (typeof make !== 'function')
    throw new TypeError(`The default export of ${url} must be a function that returns a handler`)
  const handler = await make(options, context)
  // Read once: what is a getter may be something else, or throw, the next time.
  const { eachMessage, eachBatch } = handler ?? {}
  if (typeof eachMessage === 'function' && eachBatch == null) return { eachMessage: eachMessage.bind(handler) }
  if (typeof eachBatch === 'function' && eachMessage == null) return { eachBatch: eachBatch.bind(handler) }
  throw new TypeError(`The handler that ${url} makes must have eachMessage or eachBatch, and not both`)
}

type Maker = (options: unknown, context: HandlerContext) => RecordHandler | Promise<RecordHandler>
interface ImportedModule {
  readonly default?: Maker | { readonly __esModule?: unknown; readonly default?: Maker }
}

/** The default export. For a CommonJS module it is all that it exports; a compiled one has its own default in there. */
function madeBy({ default: exported }: ImportedModule): Maker | undefined {
  if (typeof exported === 'function') return exported
  return exported?.__esModule === true ? exported.default : undefined
}
