// The history list: pages fetched as they are scrolled to, made anew when filter, text or the past itself changes.
import type { HistoryFilter, HistoryPage, HistoryQuery, HistoryRowView } from "../types";

const PAGE = 200;

type Fetch = (query: HistoryQuery) => Promise<HistoryPage | undefined>;

export class History {
  rows = $state.raw<HistoryRowView[]>([]);
  filter = $state<HistoryFilter>("all");
  text = $state("");
  /** Whether the first page is here, so that an empty list can say so. */
  loaded = $state(false);
  /** Where the next page begins; nothing when there are no older rows. */
  #next: string | null = null;
  #turn = 0;
  #busy = false;
  readonly #fetch: Fetch;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /** From the top, with the filter and text as they are. */
  async reload(): Promise<void> {
    const turn = ++this.#turn;
    this.#busy = true;
    const page = await this.#fetch(this.#query(null));
    if (turn !== this.#turn) return;
    this.#busy = false;
    if (page) {
      this.rows = page.rows;
      this.#next = page.next;
    }
    this.loaded = true;
  }

  /** The next older page; nothing when one is on its way. */
  async older(): Promise<void> {
    if (this.#busy || this.#next === null) return;
    const turn = this.#turn;
    this.#busy = true;
    const page = await this.#fetch(this.#query(this.#next));
    if (turn !== this.#turn) return;
    this.#busy = false;
    if (!page) return;
    const known = new Set(this.rows.map((row) => row.key));
    this.rows = [...this.rows, ...page.rows.filter((row) => !known.has(row.key))];
    this.#next = page.next;
  }

  #query(before: string | null): HistoryQuery {
    return { before, limit: PAGE, filter: this.filter, text: this.text.trim() };
  }
}
