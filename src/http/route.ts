import { z } from 'zod'
import type { Result } from '../problems.ts'

/**
 * A REST route as data: no domain imports the guard, and a route without `needs` does not compile.
 * `A` is the proved actor, `N` the right it needs.
 */
export type Needs<N extends string> =
  | { readonly right: N }
  /** No credential; the reason stands in the route so that a reviewer sees it. */
  | { readonly right: 'public'; readonly because: string }
  | { readonly right: 'operator' }
  /** Signed in, whatever the role. */
  | { readonly right: 'anyone' }
  /** Signed in by a browser: what concerns one's own way in, and no token may touch. */
  | { readonly right: 'session' }
  /** The same, also where the second factor is still missing. */
  | { readonly right: 'first-factor' }

export type RouteInput<P, Q, B> = {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly requestId: string
  readonly address: string
  /** The If-Match header as sent; compare it with `matchesEtag` of http/etag.ts and refuse with `stale`. */
  readonly ifMatch: string | null
  /** Only where the route says `signed`. */
  readonly signed?: SignedRequest
  /** Only where the route says `signsIn`. */
  readonly browser?: Browser
}

/** What a browser says of itself, and the way to hand it a cookie: a whole `Set-Cookie` value. */
export type Browser = {
  readonly cookie: string | null
  readonly userAgent: string
  /** Its address is a proxy's and stands for many. */
  readonly isProxy: boolean
  readonly setCookie: (line: string) => void
}

/** The request as it came, for who proves himself by a signature over its bytes. */
export type SignedRequest = {
  readonly bytes: Buffer
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** An answer that is sent as it is made, such as an export of any size. Ends early, and visibly so, if making it fails. */
export type Download = {
  readonly contentType: string
  /** For browsers: letters, digits, dot and hyphen. */
  readonly fileName: string
  readonly chunks: AsyncIterable<string>
}
/** The `output` of a route that answers a `Download`. */
export const downloadOutput = z.custom<Download>(
  (value) => typeof value === 'object' && value !== null && 'chunks' in value && 'contentType' in value,
)

export type Route<
  A,
  N extends string,
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  O extends z.ZodType = z.ZodType,
> = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`, with `:name` parameters. */
  readonly path: string
  readonly summary: string
  readonly needs: Needs<N>
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  /** Of what is sent as it is made (`downloadOutput`), this only documents the text. */
  readonly output: O
  readonly status?: 200 | 201 | 202
  /** The handler gets the bytes of the body, too: a signature over them is checked there. */
  readonly signed?: true
  /** The handler gets to know the browser, and hands it cookies. */
  readonly signsIn?: true
  /** Names of answer members (dotted: `claim.url`) that are left out of an idempotent replay and never stored. */
  readonly secretFields?: readonly string[]
  /** A method on purpose: its parameters compare bivariantly, so a list of routes needs no `any`. */
  handle(actor: A, input: RouteInput<z.output<P>, z.output<Q>, z.output<B>>): Promise<Result<z.input<O>>>
}

/** Says of what kind the parts of a route are, so that its handler knows them. */
export const routeOf =
  <A, N extends string>() =>
  <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, O extends z.ZodType>(
    data: Route<A, N, P, Q, B, O>,
  ): Route<A, N, P, Q, B, O> =>
    data
