"""From a program in floating point to one in whole numbers that is a relaxation of it: what CP-SAT needs."""
