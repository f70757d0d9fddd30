/**
 * Marks a function that is needed rarely. On an interpreter every function that exists takes
 * memory, called or not: the build puts this one, and all that only it uses, inside a function of
 * their own (scripts/build/nest-lazy.ts), so that they exist from this call, which takes it a
 * millisecond for each kilobyte, until nobody holds them any more. They may not remember anything
 * in variables of a module. Elsewhere this is the function itself.
 */
export function lazily<T>(rarelyUsed: T): T {
  return rarelyUsed;
}
