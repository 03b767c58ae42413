"""What joins facts to rules and knows the order: from the store to stored results.

idle                 facts of supplies to the idle-land clock
agreements           the same to the clock of 达产 agreements
timeline             the days on which outcome or track of each subject changes
land_timeline        how much of an approval stood in which state from which day on
land_moments         the days on which that may change, and what is known on each
land_states          what is said of approvals on many days under one edition of the law
holdings             who holds what, of the supplies listed
approved_land        overlay, balance and findings of one day
left_land            balance and findings of approvals that are cut, each on its own day
lapse                what was used by the end of the two years, and what came after a lapse
withdrawn            what withdrawals take of each approval
situations           in which situation each unsupplied piece is, and beside whom
parks                every square metre of the parks under four codes
built_land           built land by use, and the buildings on it
built_figures        figures of built land, and of cohorts of approvals
indicators           rates of blocks, parks and regions
leads_ground         the tables of a day that leads are looked for in
judge_part           all rules over one part of the land
engine               parts side by side, by processes or Dask
blame                which record keeps a part from being judged
run                  a run: all parts, stored as one
counts               what a run found, in numbers
months               papers that name a month and no day
undated              why a record without its day is undetermined
same_day             papers of one day that say different things
approval_papers      the papers an approval is judged by
turning              what would change the answer, judged anew
approved_land_trace  why one piece of an approval stands where it stands
explain              why one subject stands where it stands
program              which code and libraries a run was made by
diff/                two runs side by side, with the reasons
"""
