import { type UseFormReturnType, useForm } from '@mantine/form'
import { createContext, type RefObject, useContext, useEffect, useRef, useState } from 'react'
import type { Choice } from '../../../src/keys/schema.ts'
import type { Policies } from '../../../src/people/policies/schema.ts'
import type { ProjectView } from '../../../src/projects/schema.ts'
import type { PageOf, Refusal } from '../../api.ts'
import { useSession } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { useOne } from '../../ui/useCalls.ts'
import { type Faults, faultsIn, knownFaults, type Tab, tabOf, tabs } from './faults.ts'
import { type Rules, rulesFor } from './rules.ts'
import { texts } from './texts.data.ts'
import { type Offer, type Offers, useOffers } from './useOffers.ts'
import type { KeyValues } from './values.ts'

export const t = translator(texts)

/** What there is to choose from, and the rules: read before the form is shown, so that nothing in it jumps. */
export type Ground = {
  readonly offers: Offers
  readonly projects: readonly ProjectView[]
  readonly policies: Policies
}

export function useGround() {
  const offered = useOffers()
  const projects = useOne<PageOf<ProjectView>>('/projects', { limit: 200 })
  const policies = useOne<{ policies: Policies }>('/policies')
  const { offers } = offered
  const ground: Ground | null =
    offers && projects.data && policies.data
      ? { offers, projects: projects.data.items, policies: policies.data.policies }
      : null
  const failed = [offered, projects, policies].find(({ error }) => error !== null)
  return { ground, error: failed?.error ?? null, retry: () => void failed?.retry() }
}

/** Slug and name by id, as answers bring them. */
export type Refs = Readonly<Record<string, { readonly slug: string | null; readonly name: string }>>

export type Desk = Ground & {
  readonly form: UseFormReturnType<KeyValues>
  readonly rules: Rules
  readonly tab: Tab
  readonly setTab: (tab: Tab) => void
  readonly faulty: readonly Tab[]
  /** Of a key that is being made; else whose it is and of which kind is settled. */
  readonly isNew: boolean
  /** Id of the key that is being changed. */
  readonly keyId: string | null
  readonly refs: Refs
  /** Servers that stand in the projects of the key now; of an app's key anybody's guess, so all of them. */
  readonly present: readonly Offer[]
  /** What is shown for a server of whose tools nobody has said anything. */
  readonly toolsShown: Choice
  /** Where the fields stand. */
  readonly place: RefObject<HTMLDivElement | null>
  /** Says what is wrong; true: nothing is known to be. */
  readonly check: () => boolean
}

const Current = createContext<Desk | null>(null)
export const DeskProvider = Current.Provider
export function useDesk(): Desk {
  const desk = useContext(Current)
  if (desk === null) throw new Error('outside of the form of a key')
  return desk
}

type Opening = {
  readonly ground: Ground
  readonly initial: KeyValues
  readonly refusal: Refusal | null
  readonly keyId?: string
  readonly refs?: Refs
}

/** The form of one key: its values, its faults, and the tab on which they stand. */
export function useNewDesk({ ground, initial, refusal, keyId, refs = {} }: Opening): Desk {
  const form = useForm<KeyValues>({ mode: 'controlled', initialValues: initial })
  const { me } = useSession()
  const { projects } = form.values
  const tiers = ground.projects.filter(({ id }) => projects.includes(id)).map(({ tier }) => tier)
  const rules = rulesFor(ground.policies, [...new Set(tiers)], me?.member.role === 'member')
  const { show, ...tabbed } = useFaults(form)
  const { access } = form.values
  // biome-ignore lint/correctness/useExhaustiveDependencies: a refusal is said once, not again at every letter that is typed
  useEffect(() => {
    if (refusal) show(faultsIn(refusal, access))
  }, [refusal])
  const check = (): boolean => {
    const asksReason = rules.allServers === 'with-reason' && form.values.access !== initial.access
    const known = Object.entries(knownFaults(form.values, asksReason)).map(([field, name]) => [field, t(name)])
    show(Object.fromEntries(known))
    return known.length === 0
  }
  const isAnywhere = form.values.ownerType === 'app'
  const present = ground.offers.servers.filter(({ project }) => isAnywhere || projects.includes(project))
  const toolsShown: Choice = keyId === undefined ? { mode: 'all' } : initial.toolsDefault
  const of = { isNew: keyId === undefined, keyId: keyId ?? null, refs, present, toolsShown }
  return { ...ground, ...tabbed, ...of, form, rules, check }
}

/** Faults open the first tab that has one, unless the open one has, and take the keyboard there. */
function useFaults(form: UseFormReturnType<KeyValues>) {
  const [tab, setTab] = useState<Tab>('basic')
  const [shown, setShown] = useState(0)
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (shown === 0) return
    const fields = place.current?.querySelectorAll<HTMLElement>('[aria-invalid="true"], [data-faulty] input') ?? []
    // Tabs that are not open are there, too.
    const seen = [...fields].find((field) => field.checkVisibility())
    seen?.focus()
  }, [shown])
  const faulty = tabs.filter((each) => Object.keys(form.errors).some((field) => tabOf(field) === each))
  const show = (faults: Faults): void => {
    form.setErrors(faults)
    const first = tabs.find((each) => Object.keys(faults).some((field) => tabOf(field) === each))
    if (first === undefined) return
    if (!Object.keys(faults).some((field) => tabOf(field) === tab)) setTab(first)
    setShown((n) => n + 1)
  }
  return { tab, setTab, faulty, place, show }
}
