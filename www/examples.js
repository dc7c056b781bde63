// What the page shows at first, so that something moves at once.

const BOOKS = [
  ["books:1", { title: "Emma", year: 1815 }, { ttl: "40s", swr: "20s", tags: ["austen", "novels"] }],
  ["books:2", { title: "Persuasion", year: 1817 }, { ttl: "25s", tags: ["austen", "novels"] }],
  ["books:10", { title: "Middlemarch", year: 1871 }, { ttl: "1m", tags: ["eliot", "novels"] }],
  ["books:list", ["Emma", "Persuasion", "Middlemarch"], { ttl: "8s", swr: "25s", tags: ["novels"] }],
];
const USERS = [
  ["user:1:name", "Ada", { ttl: Infinity }],
  ["user:1:cart", ["books:2"], { ttl: "90s" }],
  ["user:10:cart", [], { ttl: "2m" }],
];
const WEATHER = [["weather/lisbon", 21.5, { ttl: "5s", tags: ["weather"] }]];

/** Stores the examples and reads some of them, as visitors would. */
export function examples(cache, store) {
  for (const [key, value, policy] of [...BOOKS, ...USERS, ...WEATHER]) store(key, value, policy);
  for (const key of ["books:1", "books:1", "books:1", "books:list", "books:list", "user:1:name", "books:3"]) cache.get(key);
}

let made = 0;

/** Ten entries of different lengths and lives: more of them than there is room for push others out. */
export function tenMore(store) {
  for (let count = 0; count < 10; count++) {
    made += 1;
    const text = "visited ".repeat(2 + ((made * 7) % 40));
    store(`visit:${String(made).padStart(3, "0")}`, text, { ttl: `${12 + ((made * 11) % 45)}s`, tags: ["visits"] });
  }
}
