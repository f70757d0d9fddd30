/** What a ruleset says of everything but sales, in plain Persian. */
import type { Words } from "./other-kinds";

const KINDS: Readonly<Record<string, string>> = {
  return: "برگشت",
  void: "ابطال",
  giftLoad: "شارژ کارت هدیه",
  reward: "جایزه",
  renew: "تمدید",
};

export const PERSIAN_OTHERS: Words = {
  padBudget: (most) => `بیشترین اعتباری که یک پد در یک روز بابت خرید می‌دهد: ${most}.`,
  noLimit: "بدون سقف",
  debt: (may) => `تا کارت بدهکار است، اعتبار آن را ${may ? "می‌توان" : "نمی‌توان"} به کار برد.`,
  grace: (days) =>
    "وقتی کالا برمی‌گردد، از آنچه داده بود سهم آنچه مانده است روی کارت می‌ماند. اعتبار " +
    "استفاده‌شده با همان روز پایان برمی‌گردد" +
    (days === "۰" ? "." : `، یا اگر گذشته باشد تا ${days} روز دیگر می‌ماند.`),
  gift: (window, hasTopUp) =>
    `اعتبار کارت هدیه ${window} است؛ کارت شارژشده را دوباره ` +
    `${hasTopUp ? "می‌توان" : "نمی‌توان"} شارژ کرد.`,
  grants: (most) => `بیشترین اعتباری که سرپرست یک‌جا می‌دهد: ${most}.`,
  grantsPerDay: (most) =>
    `دفتر سرپرستی را که در یک روز در همهٔ پدها روی هم بیش از ${most} اعطا کند گزارش می‌دهد.`,
  programme: (name, ruleIds, budget) =>
    `برنامهٔ «${name}»: ${ruleIds.length === 1 ? "قانون" : "قانون‌های"} ${ruleIds.join("، ")}` +
    (budget === "" ? "." : `؛ اگر همهٔ پدها روی هم بیش از ${budget} بدهند دفتر گزارش می‌دهد.`),
  login: (isRequired) =>
    isRequired
      ? "پیش از نشان دادن کارت کارمند کسی با پد کار نمی‌کند."
      : "پد بدون کارت کارمند هم کار می‌کند.",
  supervised: (kinds) =>
    `برای اعطای اعتبار${kinds.map((kind) => `، ${KINDS[kind]}`).join("")} ` +
    "کارت و رمز سرپرست لازم است.",
  approval: (above) =>
    above === "بدون سقف"
      ? "هیچ مبلغی به‌تنهایی سرپرست نمی‌خواهد."
      : `برگشت، شارژ، اعطا یا پرداخت با اعتبار بیش از ${above} سرپرستی جز صندوق‌دار می‌خواهد.`,
  renewal: (months) =>
    months === "۰"
      ? "کارت‌ها در پد تمدید نمی‌شوند."
      : `کارت در پد تا پایان ماهی که ${months} ماه جلوتر است تمدید می‌شود.`,
  reward: (id, points, credit) =>
    `جایزهٔ ${id} با ${points} امتیاز داده می‌شود: ` +
    (credit === "" ? "کالا یا خدمت." : `${credit} اعتبار.`),
};
