// A program in JavaScript (node): density matrix on a grid of energies, E = 4 tan(angle).
const description = {
  protocol: "electronwind/1", name: "program.js", version: "1.0", accuracy: 1e-9,
  observables: ["density_matrix"],
  limits: { levels: 2, chains: false, batch: false, temperature: [0.01, 16] },
  conventions: { self_energy: "-i Gamma/2", density_matrix: "sigma[i,j] = <d_j^+ d_i>" },
};
const nodes = [[0.1834346424956498, 0.362683783378362], [0.525532409916329, 0.3137066458778873],
  [0.7966664774136267, 0.2223810344533745], [0.9602898564975363, 0.1012285362903763]]; // Gauss-Legendre
const both = nodes.flatMap(([x, w]) => [[x, w], [-x, w]]), panels = 1500;
const add = (a, b) => [a[0] + b[0], a[1] + b[1]], scaled = (r, a) => [r * a[0], r * a[1]];
const mul = (a, b) => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
const over = (a) => scaled(1 / (a[0] ** 2 + a[1] ** 2), [a[0], -a[1]]), minus = (a) => scaled(-1, a);
const map = (f, a) => a.map((row, i) => row.map((_, j) => f(i, j)));
const complex = (m) => map((i, j) => [m.re[i][j], m.im[i][j]], m.re);
const sum = (ms) => map((i, j) => ms.map((m) => m[i][j]).reduce(add), ms[0]);
const times = (a, b) => map((i, j) => a[i].map((v, k) => mul(v, b[k][j])).reduce(add), a);
const dagger = (a) => map((i, j) => [a[j][i][0], -a[j][i][1]], a);
function inverse([[a, b], [c, d] = []]) {
  if (d === undefined) return [[over(a)]];
  const one = over(add(mul(a, d), minus(mul(b, c))));
  return [[mul(one, d), mul(one, minus(b))], [mul(one, minus(c)), mul(one, a)]];
}
function density(system) {
  const h = complex(system.hamiltonian), gammas = system.leads.map((lead) => complex(lead.broadening));
  const effective = sum([h, ...gammas.map((m) => map((i, j) => mul([0, -0.5], m[i][j]), m))]);
  return sum([...Array(panels).keys()].flatMap((k) => both.map(([x, w]) => {
    const angle = ((k + (1 + x) / 2) / panels - 0.5) * Math.PI, e = 4 * Math.tan(angle);
    const g = inverse(map((i, j) => add([e * (i === j), 0], minus(effective[i][j])), h));
    const f = system.leads.map((lead) => 0.5 - 0.5 * Math.tanh((e - lead.mu) / (2 * lead.temperature)));
    const weight = w / panels / Math.cos(angle) ** 2; // dE / (2 pi)
    const filled = sum(gammas.map((m, a) => map((i, j) => scaled(f[a] * weight, m[i][j]), m)));
    return times(times(g, filled), dagger(g));
  }))).map((row) => row.map(([re, im]) => ({ re, im })));
}
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, op, system } = JSON.parse(line);
  console.log(JSON.stringify({ id, ...(op === "describe" ? description : { value: density(system) }) }));
});
