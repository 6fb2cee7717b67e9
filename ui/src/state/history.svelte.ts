// The history list: pages fetched as they are scrolled to, made anew when filter, text or the past itself changes.
import type { HistoryFilter, HistoryPage, HistoryQuery, HistoryRowView } from "../bindings";

const PAGE = 200;

type Fetch = (query: HistoryQuery) => Promise<HistoryPage | undefined>;

export class History {
  rows = $state.raw<HistoryRowView[]>([]);
  filter = $state<HistoryFilter>("all");
  text = $state("");
  more = $state(false);
  /** Whether the first page is here, so that an empty list can say so. */
  loaded = $state(false);
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
      this.more = page.more;
    }
    this.loaded = true;
  }

  /** The next older page; nothing when one is on its way. */
  async older(): Promise<void> {
    const last = this.rows.at(-1);
    if (this.#busy || !this.more || !last) return;
    const turn = this.#turn;
    this.#busy = true;
    const page = await this.#fetch(this.#query(last.startedAt));
    if (turn !== this.#turn) return;
    this.#busy = false;
    if (!page) return;
    const known = new Set(this.rows.map((row) => row.key));
    const fresh = page.rows.filter((row) => !known.has(row.key));
    this.rows = [...this.rows, ...fresh];
    // A page without anything new would be asked for again without end.
    this.more = page.more && fresh.length > 0;
  }

  #query(before: number | null): HistoryQuery {
    return { before, limit: PAGE, filter: this.filter, text: this.text.trim() };
  }
}
