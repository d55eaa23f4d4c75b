import { ask, forgetOrganization } from '../api.ts'

/** Out of this organization or of all, and at the identity provider where it signs its own session out, too. */
export async function signOut(how: { readonly isEverywhere: boolean } = { isEverywhere: false }): Promise<void> {
  const query = how.isEverywhere ? '?everywhere=true' : ''
  const { endSessionUrl } = await ask<{ endSessionUrl: string | null }>(`DELETE /sessions/current${query}`)
  forgetOrganization()
  // What the identity provider named: an address of the web, or nothing.
  location.assign(endSessionUrl !== null && /^https?:\/\//.test(endSessionUrl) ? endSessionUrl : '/sign-in')
}
