import { slugTaken } from '../../db/contended.ts'
import { refuse } from '../../problems.ts'
import type { SlugClaim } from './store.ts'

/** Another server has the slug, or had it and still answers to it: then the refusal says until when. */
export function slugClaimed(slug: string, { until }: SlugClaim): ReturnType<typeof refuse> {
  if (until === null) return slugTaken('server', slug)
  const end = new Date(until).toISOString()
  return refuse('slug_taken', {
    detail: `Another server had the slug ${slug} and answers to it until ${end}.`,
    errors: [{ pointer: '/slug', detail: `is taken until ${end}` }],
  })
}
